"""Takes a device's place from its client, after a question: for a machine that was lost, stolen or copied."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from applications.models import Request
from applications.rules.lifecycle import State
from audit.log import Subject, record, who_asks
from audit.models import AuditEntry
from devices.access.in_sight import device_in_sight
from devices.access.permissions import CHANGE_DEVICE
from devices.client_api.revoking import revoke


def revoke_device(request: HttpRequest, pk: int) -> HttpResponse:
    device = device_in_sight(request.user, pk, CHANGE_DEVICE)
    if request.method == "POST":
        with transaction.atomic():
            if revoke(device):
                subject = Subject.of(AuditEntry.Kind.DEVICE, device)
                facts = {"reason": "revoked"}
                record(AuditEntry.Verb.CHANGED, subject, device=device, facts=facts, **who_asks(request))
        messages.success(request, _("%(device)s is revoked.") % {"device": device})
        return redirect("devices:overview", device.pk)
    open_requests = Request.objects.visible_to(request.user).filter(device=device, state__in=(State.QUEUED, State.SENT))
    return render(request, "device/revoke.html", {"device": device, "waiting": open_requests.count()})
