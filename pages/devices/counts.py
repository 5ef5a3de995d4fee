"""Counts of many devices at once: how many there are of each kind, and what failed on those of one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count, QuerySet

from applications.models import Report
from devices.access.permissions import READ_APPLICATION, READ_COLLECTION
from devices.models import Device, Site
from devices.models.collection import scope
from devices.models.device import DeviceQuerySet
from devices.presence.contact import contact_in_sql

LARGE = 10_000  # from so many devices on, counting them for every page would be felt
KEPT_SECONDS = 30
SEES = (READ_COLLECTION, READ_APPLICATION)  # who has these on the same collections sees the same numbers
FAILED = Report.Found.FAILED
PRESENT = (Report.Found.INSTALLED, Report.Found.RESTART_PENDING)


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
        Report.objects.visible_to(user)
        .filter(device__in=[device.pk for device in devices])
        .order_by()
        .values_list("device", "found")
        .annotate(number=Count("application", distinct=True))
    )
    found: dict[int, Counter[str]] = {}
    for pk, what, number in rows:
        found.setdefault(pk, Counter())[what] = number
    return {pk: (sum(counts[what] for what in PRESENT), counts[FAILED]) for pk, counts in found.items()}


def failed_reports(user: Any) -> QuerySet[Report]:
    """The installations that failed, as far as the user may read that; in no order."""
    return Report.objects.visible_to(user).filter(found=FAILED).order_by()
