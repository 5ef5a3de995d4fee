"""The pages of one device that are about the device itself: Overview, and its collections."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from devices.access.in_sight import device_in_sight
from devices.access.permissions import READ_COLLECTION
from devices.collections.wording import reason
from devices.models import Device, DeviceMember, Person, SignIn
from devices.models.collection import Collection, collections_of
from devices.presence.contact import last_contact
from devices.primary_users.from_use import WINDOW, days_of_use
from ui.templatetags.koppel import ago, when

MB = 1024 * 1024


def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """What the client reported, how it is reached, who uses it."""
    device = device_in_sight(request.user, pk)
    persons = Person.objects.visible_to(request.user)
    primary = persons.filter(pk=device.primary_user_id or 0).first()
    return render(
        request,
        "device/overview.html",
        {
            "device": device,
            "machine": machine(device),
            "connection": connection(device),
            "sign_ins": SignIn.objects.filter(device=device, person__in=persons).select_related("person"),
            "primary_user": primary,
            "primary_why": why_primary(device, primary),
        },
    )


def device_collections(request: HttpRequest, pk: int) -> HttpResponse:
    """The collections that the device is in, as far as the user may read them, and by which rule."""
    device = device_in_sight(request.user, pk)
    members = (
        DeviceMember.objects.filter(device=device, collection__in=Collection.objects.visible_to(request.user))
        .select_related("collection__limiting", "rule__other")
        .order_by("collection__name")
    )
    readable = collections_of(request.user, READ_COLLECTION)
    prefetch_related_objects([device], Prefetch("primary_user", Person.objects.visible_to(request.user)))
    shown = [(member.collection, reason(member.rule, "devices", device, readable)) for member in members]
    return render(request, "device/collections.html", {"device": device, "members": shown})


def why_primary(device: Device, primary: Person | None) -> str:
    """Who or what decided on the primary user; nothing about one whom the user may not see."""
    if device.primary_by != Device.PrimaryBy.USE:
        return device.get_primary_by_display() if primary or not device.primary_user_id else ""
    if primary is None:
        return ""
    days = days_of_use([device.pk], timezone.now().date()).get(device.pk, {}).get(primary.pk, 0)
    return _("from use: signed in here on %(days)d of the last %(window)d days") % {"days": days, "window": WINDOW}


def machine(device: Device) -> list[tuple[str, Any]]:
    return [
        (_("OS"), device.os),
        (_("Platform"), device.get_platform_display()),
        (_("Architecture"), device.architecture),
        (_("Memory"), filesizeformat(device.memory_mb * MB) if device.memory_mb else ""),
        (_("Free disk"), filesizeformat(device.disk_mb * MB) if device.disk_mb else ""),
        (_("Time zone"), device.time_zone),
        (_("Join type"), device.get_join_type_display()),
        (_("Client version"), device.client_version),
        (_("Last inventory"), ago(device.inventory_at, _("never"))),
    ]


def revoked(device: Device) -> bool:
    """It was enrolled, and its secret counts no longer."""
    return bool(device.enrolled_at and not device.secret_hash)


def connection(device: Device) -> list[tuple[str, Any]]:
    return [
        (_("Last contact"), last_contact(device)),
        (_("Online since"), when(device.online_since if device.online else None)),
        (_("Enrolled"), _("revoked") if revoked(device) else when(device.enrolled_at, _("not enrolled"))),
        (_("Last policy sync"), ago(device.policy_at, _("never"))),
        (_("Policy size"), filesizeformat(device.policy_bytes)),
        (pgettext("device", "Restart pending"), when(device.restart_pending_since, _("No"))),
    ]
