"""Which entries of the audit log are in sight of a user (R19)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from audit.models import VIEW_AUDIT, AuditEntry
from devices.access.permissions import READ_COLLECTION
from devices.models import Collection, Device
from devices.models.collection import collections_of
from devices.models.narrowing import of_devices_in


def entries_in_sight(user: Any) -> QuerySet[AuditEntry]:
    """Everything for a superuser and for who may look in here for all devices and all persons; else what concerns a
    device in sight (by a group that may also look in here) and nobody outside sight, and what the user did, unless
    that concerns a device out of sight."""
    entries = AuditEntry.objects.all()
    readable, looked_in = collections_of(user, READ_COLLECTION), collections_of(user, VIEW_AUDIT)
    if readable is None or looked_in is None or _everything(readable, looked_in):
        return entries
    seen = of_devices_in(readable, user, field="device_id")
    there = seen if looked_in == readable else seen & of_devices_in(looked_in, user, field="device_id")
    gone = Q(device_id__isnull=True) | ~Exists(Device.objects.filter(pk=OuterRef("device_id")))
    return entries.filter(Q(user=user) & (gone | seen) | Q(private=False) & there)


def sees_everything(user: Any) -> bool:
    """Whether nothing of the log is out of sight: how many entries there are says something about the others too."""
    readable, looked_in = collections_of(user, READ_COLLECTION), collections_of(user, VIEW_AUDIT)
    return readable is None or looked_in is None or _everything(readable, looked_in)


def _everything(readable: set[int], looked_in: set[int]) -> bool:
    built_in = set(Collection.objects.filter(built_in=True).values_list("pk", flat=True)) if looked_in else set()
    return bool(built_in) and built_in <= looked_in & readable
