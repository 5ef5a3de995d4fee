"""Whether the sweep, which repairs every lost wake-up (R21), still runs; its last end is a row in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from applications.models import LastSweep

ROW = 1
SLACK = timedelta(seconds=60)  # beyond three sweeps: for a start, an upgrade, clocks that differ


@dataclass(frozen=True)
class Upkeep:
    """`last`: when the last sweep ended, None when there never was one."""

    last: datetime | None
    late: bool


def swept(now: datetime) -> None:
    LastSweep.objects.update_or_create(pk=ROW, defaults={"at": now})


def upkeep(now: datetime) -> Upkeep:
    """A moment in the future is one that a wrong clock wrote: it says nothing about now."""
    last = LastSweep.objects.filter(pk=ROW).values_list("at", flat=True).first()
    patience = 3 * timedelta(seconds=settings.KOPPEL_SWEEP_SECONDS) + SLACK
    return Upkeep(last, late=last is None or abs(now - last) > patience)
