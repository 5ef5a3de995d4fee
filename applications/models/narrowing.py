"""Which rows about a device, and perhaps a person, a user may see: requests and reports alike (R18, R19)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q

from devices.access.permissions import READ_APPLICATION, READ_COLLECTION
from devices.models import PersonMember
from devices.models.collection import collections_of
from devices.models.narrowing import of_devices_in


def in_sight(user: Any) -> Q | None:
    """For rows with `device` and `person`: those of devices on whose collections the user may read applications, and
    of these the ones for a person only with that person in sight too. None: everything."""
    readable = collections_of(user, READ_COLLECTION)
    if readable is None:
        return None
    devices = of_devices_in(readable, user)
    on_applications = collections_of(user, READ_APPLICATION) or set()
    if on_applications != readable:
        devices &= of_devices_in(on_applications, user)
    persons = PersonMember.objects.filter(person=OuterRef("person"), collection__in=readable)
    return devices & (Q(person__isnull=True) | Q(Exists(persons)))
