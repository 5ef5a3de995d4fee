"""The facts across the head of a device's pages, each with an id so that it can change by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from devices.models import Device, Person
from devices.presence.contact import Contact, contact_of
from pages.devices.table import DOTS
from ui.templatetags.koppel import moment
from ui.times import brief, distance


@dataclass(frozen=True)
class Fact:
    id: str
    label: str
    value: SafeString


def facts_of(device: Device, user: Any, now: datetime) -> list[Fact]:
    """What the head says; persons that the user may not see are left out."""
    persons = Person.objects.visible_to(user)
    primary = persons.filter(pk=device.primary_user_id) if device.primary_user_id else ()
    signed_in = persons.filter(sign_ins__device=device).order_by("username")
    facts = (
        ("online", _("Online"), online(device, now)),
        ("site", _("Site"), site(device)),
        ("client", _("Client version"), device.client_version or "–"),
        ("join", _("Join type"), device.get_join_type_display()),
        ("primary", _("Primary user"), names(primary, _("none"))),
        ("signed-in", _("Signed in"), names(signed_in, _("nobody"))),
        ("policy", _("Last policy sync"), policy(device, now)),
        ("restart", pgettext("device", "Restart pending"), restart(device, now)),
    )
    return [Fact(f"fact-{key}", label, conditional_escape(value)) for key, label, value in facts]


def online(device: Device, now: datetime) -> SafeString:
    contact = contact_of(device, now)
    if contact is Contact.NEVER:
        return format_html('<span class="on-dot off">{}</span>', _("Never connected"))
    since = device.online_since if device.online else device.last_contact
    words = _("Since %(time)s") if device.online else _("No, since %(time)s")
    said = moment(since, words % {"time": brief(since, now)}, "") if since else _("Yes")
    return format_html('<span class="on-dot {}">{}</span>', DOTS[contact], said)


def site(device: Device) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("devices:site", args=[device.site_id]), device.site)


def names(persons: Iterable[Person], nobody: str) -> SafeString:
    """The user names, each leading to the page of that person."""
    pages = ((reverse("devices:person", args=[person.pk]), person.username) for person in persons)
    links = format_html_join(", ", '<a href="{}">{}</a>', pages)
    return links or conditional_escape(nobody)


def policy(device: Device, now: datetime) -> SafeString:
    """When the client last fetched its policy, and how large that was (R16)."""
    if not device.policy_at:
        return conditional_escape(_("never"))
    size = _("policy of %(size)s") % {"size": filesizeformat(device.policy_bytes)}
    return format_html(
        '{}<span class="vh">, {}</span>', moment(device.policy_at, distance(device.policy_at, now), ""), size
    )


def restart(device: Device, now: datetime) -> SafeString:
    since = device.restart_pending_since
    if not since:
        return conditional_escape(_("No"))
    return moment(since, _("Yes, since %(time)s") % {"time": brief(since, now)}, "")
