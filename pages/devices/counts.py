"""What All devices says of many devices at once: how many there are of each kind, and what failed on those of one page.

What it tells of applications it counts through the reverse relation of a device, because devices import nothing of
applications.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q

from devices.access.permissions import READ_APPLICATION, READ_COLLECTION
from devices.models import Device, Person, Site
from devices.models.collection import collections_of, scope
from devices.models.device import DeviceQuerySet
from devices.presence.contact import contact_in_sql

LARGE = 10_000  # from so many devices on, counting them for every page would be felt
KEPT_SECONDS = 30
SEES = (READ_COLLECTION, READ_APPLICATION)  # who has these on the same collections sees the same numbers
FAILED = "failed"
PRESENT = ("installed", "restart_pending")


@dataclass(frozen=True)
class Fleet:
    """The devices in sight, counted by what can be filtered on: field → value → number."""

    total: int
    by: dict[str, Counter[Any]]
    sites: dict[int, Site]

    @property
    def is_large(self) -> bool:
        return self.total > LARGE


def fleet(user: Any, now: datetime) -> Fleet:
    """The devices that the user may see; of a large fleet the numbers may be half a minute old."""
    key = f"fleet-{scope(user, *SEES)}"
    kept: Fleet | None = cache.get(key)
    if kept:
        return kept
    counted = count(Device.objects.visible_to(user), now)
    if counted.is_large:
        cache.set(key, counted, KEPT_SECONDS)
    return counted


def count(devices: DeviceQuerySet, now: datetime) -> Fleet:
    """Count once, by everything together; the combinations are few where the devices are many."""
    fields = ("site", "os", "client_version", "join_type", "contact")
    rows = devices.order_by().annotate(contact=contact_in_sql(now)).values_list(*fields).annotate(number=Count("pk"))
    by: dict[str, Counter[Any]] = {field: Counter() for field in fields}
    total = 0
    for *values, number in rows:
        total += number
        for field, value in zip(fields, values, strict=True):
            by[field][value] += number
    return Fleet(total, by, Site.objects.in_bulk(by["site"]))


def installed_and_failed(devices: Iterable[Device], user: Any) -> dict[int, tuple[int, int]]:
    """Per device (id) how many applications are there and how many failed, as far as the user may read that."""
    rows = (
        Device.objects.visible_to(user, READ_APPLICATION)
        .filter(reports_in_sight(user), pk__in=[device.pk for device in devices])
        .order_by()
        .values_list("pk", "reports__found")
        .annotate(number=Count("reports__application", distinct=True))
    )
    found: dict[int, Counter[str]] = {}
    for pk, what, number in rows:
        found.setdefault(pk, Counter())[what] = number
    return {pk: (sum(counts[what] for what in PRESENT), counts[FAILED]) for pk, counts in found.items()}


def failing(user: Any) -> DeviceQuerySet:
    """The devices on which an installation failed, as far as the user may read that."""
    return Device.objects.visible_to(user, READ_APPLICATION).filter(reports_in_sight(user), reports__found=FAILED)


def reports_in_sight(user: Any) -> Q:
    """For a query on devices: reports for the system, and those for persons in sight."""
    if collections_of(user, READ_COLLECTION) is None:
        return Q(reports__isnull=False)
    return Q(reports__isnull=False) & (
        Q(reports__person__isnull=True) | Q(reports__person__in=Person.objects.visible_to(user))
    )
