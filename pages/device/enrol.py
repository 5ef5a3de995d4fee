"""Add devices: choose where they belong, get one command to paste on them, with a token that has a limit and an end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
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
from devices.access.in_sight import collections_for, device_in_sight, sites_in_sight
from devices.access.permissions import ADD_DEVICE, CHANGE_COLLECTION, CHANGE_DEVICE
from devices.access.rights import require
from devices.client_api.enrolment import (
    ENROLMENT_TOKEN_LIFETIME,
    MAX_DEVICES,
    MAX_LIFETIME,
    facts_of,
    new_token,
    open_tokens,
)
from devices.models import Collection, Device, EnrolmentToken, Site
from pages.device.enrol_commands import commands, is_safe
from signing.keys import keys
from ui.fields.moment import MomentField


class EnrolForm(forms.Form):
    site: Any = forms.ModelChoiceField(None, label=_("Site"), help_text=_("The device belongs to it from then on."))
    collection: Any = forms.ModelChoiceField(
        None,
        label=_("Collection"),
        required=False,
        empty_label=_("None"),
        help_text=_("The device becomes a direct member of it. Only collections that you may change are listed."),
    )
    limit = forms.IntegerField(
        label=_("Number of devices"),
        min_value=1,
        max_value=MAX_DEVICES,
        initial=1,
        required=False,
        help_text=_("How many devices may enrol with the command."),
    )
    until = MomentField(label=_("Until"))

    def __init__(self, data: Any, *, user: Any, **more: Any) -> None:
        super().__init__(data, **more)
        sites: QuerySet[Site] = sites_in_sight(user).order_by("name")
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        self.initial.setdefault("site", sites.first())
        collections = collections_for(user, CHANGE_COLLECTION, Collection.Kind.DEVICES).filter(built_in=False)
        self.fields["collection"].queryset = collections  # type: ignore[attr-defined]
        zone = timezone.get_current_timezone_name()
        self.fields["until"].help_text = gettext("In your time zone, %(zone)s. Empty: for a day.") % {"zone": zone}

    def clean_limit(self) -> int:
        return self.cleaned_data["limit"] or 1

    def clean_until(self) -> datetime:
        now = timezone.now()
        until: datetime = self.cleaned_data["until"] or now + ENROLMENT_TOKEN_LIFETIME
        if not now < until <= now + MAX_LIFETIME:
            raise ValidationError(
                gettext("Choose a moment within the next %(days)s days.") % {"days": MAX_LIFETIME.days}
            )
        return until


@never_cache
def enrol(request: HttpRequest) -> HttpResponse:
    """The page after the POST is not a redirect: the token is shown this once and kept nowhere."""
    require(request.user, ADD_DEVICE)
    form = EnrolForm(request.POST or None, user=request.user)
    sites = sites_in_sight(request.user).exists()
    context = {"form": form, "sites": sites, "title": gettext("Add a device"), "back": reverse("devices:list")}
    if request.method == "POST" and form.is_valid():
        context |= command(request, **form.cleaned_data)
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
        context |= command(request, device.site, again=device)
    return render(request, "device/enrol.html", context)


def command(
    request: HttpRequest,
    site: Site,
    collection: Collection | None = None,
    limit: int = 1,
    until: datetime | None = None,
    again: Device | None = None,
) -> dict[str, Any]:
    """A new token, and what to paste on the devices."""
    now = timezone.now()
    expires_at = until or now + ENROLMENT_TOKEN_LIFETIME
    subject = Subject(AuditEntry.Kind.ENROLMENT_TOKEN, str(again or site))
    facts = facts_of(collection, limit, expires_at)
    with transaction.atomic():
        token = new_token(
            site, request.user, now, again=again, collection=collection, limit=limit, expires_at=expires_at
        )
        record(AuditEntry.Verb.CREATED, subject, device=again, facts=facts, **who_asks(request))
    return {
        "site": site,
        "limit": limit,
        "expires_at": expires_at,
        "commands": commands(settings.KOPPEL_URL, token, keys().public),
        "plain": not is_safe(settings.KOPPEL_URL),
    }


def tokens_in_sight(user: Any) -> QuerySet[EnrolmentToken]:
    devices = Device.objects.visible_to(user).order_by()
    return open_tokens(timezone.now()).filter(
        Q(again=None) | Q(again__in=devices.values("pk")),
        Q(collection=None) | Q(collection__in=Collection.objects.visible_to(user).order_by().values("pk")),
        site__in=sites_in_sight(user).values("pk"),
    )


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody enrols with this token any more."""
    require(request.user, ADD_DEVICE)
    found = get_object_or_404(tokens_in_sight(request.user), pk=pk)
    subject = Subject(AuditEntry.Kind.ENROLMENT_TOKEN, str(found.again or found.site))
    with transaction.atomic():
        if EnrolmentToken.objects.filter(pk=found.pk).delete()[0]:
            record(AuditEntry.Verb.DELETED, subject, device=found.again, **who_asks(request))
            messages.success(request, gettext("The token is withdrawn."))
    return redirect("devices:enrol")
