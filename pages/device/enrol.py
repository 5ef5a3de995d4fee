"""Add a device: choose its site, get one command to paste on it, with a token that works once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from audit.log import Subject, record, who_asks
from audit.models import AuditEntry
from devices.access.in_sight import sites_in_sight
from devices.access.permissions import ADD_DEVICE
from devices.access.rights import require
from devices.client_api.enrolment import ENROLMENT_TOKEN_LIFETIME, new_token
from devices.models import Site

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
    context = {"form": form, "sites": sites.exists()}
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        site = form.cleaned_data["site"]
        token = new_token(site, request.user, now)
        subject = Subject(AuditEntry.Kind.ENROLMENT_TOKEN, str(site))
        record(AuditEntry.Verb.CREATED, subject, **who_asks(request))
        context |= {
            "site": site,
            "expires_at": now + ENROLMENT_TOKEN_LIFETIME,
            "commands": [
                {"label": label, "text": line.format(url=settings.KOPPEL_URL, token=token)} for label, line in COMMANDS
            ],
        }
    return render(request, "device/enrol.html", context)
