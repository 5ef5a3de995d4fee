"""Add a device: choose its site, get one command to paste on it, with a token that works once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from audit.log import Subject, record, who_asks
from audit.models import AuditEntry
from devices.access.in_sight import device_in_sight, sites_in_sight
from devices.access.permissions import ADD_DEVICE, CHANGE_DEVICE
from devices.access.rights import require
from devices.client_api.enrolment import ENROLMENT_TOKEN_LIFETIME, new_token, open_tokens
from devices.models import Device, EnrolmentToken, Site

# One line each; the client is the same file everywhere.
COMMANDS = (
    (
        _("Linux and macOS"),
        "curl -fsSLO {url}/client/koppel-client.pyz && "
        "python3 koppel-client.pyz enrol --url {url} --token {token} && python3 koppel-client.pyz run",
    ),
    (
        _("Windows (PowerShell)"),
        "iwr {url}/client/koppel-client.pyz -OutFile koppel-client.pyz; "
        "py koppel-client.pyz enrol --url {url} --token {token}; py koppel-client.pyz run",
    ),
)


class EnrolForm(forms.Form):
    site: Any = forms.ModelChoiceField(None, label=_("Site"), help_text=_("The device belongs to it from then on."))

    def __init__(self, data: Any, *, sites: QuerySet[Site], **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]


@never_cache
def enrol(request: HttpRequest) -> HttpResponse:
    """The page after the POST is not a redirect: the token is shown this once and kept nowhere."""
    require(request.user, ADD_DEVICE)
    sites = sites_in_sight(request.user).order_by("name")
    form = EnrolForm(request.POST or None, sites=sites, initial={"site": sites.first()})
    context = {"form": form, "sites": sites.exists(), "title": gettext("Add a device"), "back": reverse("devices:list")}
    if request.method == "POST" and form.is_valid():
        context |= command(request, form.cleaned_data["site"])
    else:
        context["tokens"] = tokens_in_sight(request.user)
    return render(request, "device/enrol.html", context)


@never_cache
def enrol_again(request: HttpRequest, pk: int) -> HttpResponse:
    """For a machine that was set up anew, or revoked: it takes its own place back."""
    device = device_in_sight(request.user, pk, CHANGE_DEVICE)
    require(request.user, ADD_DEVICE)
    title = gettext("Enrol %(device)s again") % {"device": device}
    context = {"again": device, "title": title, "back": reverse("devices:overview", args=[device.pk])}
    if request.method == "POST":
        context |= command(request, device.site, device)
    return render(request, "device/enrol.html", context)


def command(request: HttpRequest, site: Site, again: Device | None = None) -> dict[str, Any]:
    """A new token, and what to paste on the device."""
    now = timezone.now()
    token = new_token(site, request.user, now, again=again)
    subject = Subject(AuditEntry.Kind.ENROLMENT_TOKEN, str(again or site))
    record(AuditEntry.Verb.CREATED, subject, device=again, **who_asks(request))
    return {
        "site": site,
        "expires_at": now + ENROLMENT_TOKEN_LIFETIME,
        "commands": [
            {"label": label, "text": line.format(url=settings.KOPPEL_URL, token=token)} for label, line in COMMANDS
        ],
    }


def tokens_in_sight(user: Any) -> QuerySet[EnrolmentToken]:
    devices = Device.objects.visible_to(user).order_by()
    return open_tokens(timezone.now()).filter(
        Q(again=None) | Q(again__in=devices.values("pk")), site__in=sites_in_sight(user).values("pk")
    )


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody enrols with this token any more."""
    require(request.user, ADD_DEVICE)
    found = get_object_or_404(tokens_in_sight(request.user), pk=pk)
    subject = Subject(AuditEntry.Kind.ENROLMENT_TOKEN, str(found.again or found.site))
    with transaction.atomic():
        if EnrolmentToken.objects.filter(pk=found.pk, used_at=None).delete()[0]:
            record(AuditEntry.Verb.DELETED, subject, device=found.again, **who_asks(request))
            messages.success(request, gettext("The token is withdrawn."))
    return redirect("devices:enrol")
