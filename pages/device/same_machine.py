"""Takes back the warning that a device was copied: its hardware changed, and it is still the same machine."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audit.log import Subject, record, who_asks
from audit.models import AuditEntry
from devices.access.in_sight import device_in_sight
from devices.access.permissions import CHANGE_DEVICE
from devices.presence import identity


@require_POST
def same_machine(request: HttpRequest, pk: int) -> HttpResponse:
    device = device_in_sight(request.user, pk, CHANGE_DEVICE)
    if device.copied_at:
        with transaction.atomic():
            identity.forget(device)
            subject = Subject.of(AuditEntry.Kind.DEVICE, device)
            facts = {"reason": "same_machine"}
            record(AuditEntry.Verb.CHANGED, subject, device=device, facts=facts, **who_asks(request))
        messages.success(request, _("The machine that speaks next is %(device)s from now on.") % {"device": device})
    return redirect("devices:overview", device.pk)
