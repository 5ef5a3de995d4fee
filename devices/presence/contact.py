"""What a device's contact with the console is called: online, offline, silent for long, or never connected."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Case, CharField, Q, TextChoices, Value, When
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.models import Device
from ui.templatetags.koppel import ago

SILENT_AFTER = timedelta(days=14)


class Contact(TextChoices):
    ONLINE = "online", _("Online")
    OFFLINE = "offline", _("Offline")
    SILENT = "silent", _("Silent 14+ days")
    NEVER = "never", _("Never connected")


def contact_of(device: Device, now: datetime) -> Contact:
    if device.online:
        return Contact.ONLINE
    if device.last_contact is None:
        return Contact.NEVER
    return Contact.SILENT if device.last_contact < now - SILENT_AFTER else Contact.OFFLINE


def last_contact(device: Device) -> SafeString | str:
    """When anything was last heard of it: now, as long as its connection is open."""
    return gettext("now") if device.stream else ago(device.last_contact, gettext("never"))


def with_contact(contact: str, now: datetime) -> Q:
    """The devices for which `contact_of` gives this answer; they exclude each other."""
    return {
        Contact.ONLINE: Q(online=True),
        Contact.OFFLINE: Q(online=False, last_contact__gte=now - SILENT_AFTER),
        Contact.SILENT: Q(online=False, last_contact__lt=now - SILENT_AFTER),
        Contact.NEVER: Q(online=False, last_contact__isnull=True),
    }[Contact(contact)]


def contact_in_sql(now: datetime) -> Case:
    """The same as a column."""
    return Case(
        *(When(with_contact(contact, now), then=Value(contact.value)) for contact in Contact),
        output_field=CharField(),
    )
