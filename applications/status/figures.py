"""Requests, failures and deadlines over everything in sight, as Home shows them: a few indexed counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count as CountRows
from django.db.models.functions import TruncHour

from applications.models import Deployment, Report, Request
from applications.rules.lifecycle import State
from devices.access.permissions import READ_APPLICATION, READ_COLLECTION
from devices.models.collection import scope
from ui.lists.counting import Count, count

HOURS = 24
LARGE = 10_000  # so many reports are counted anew for every page; the numbers of more are kept for a while
KEPT_SECONDS = 300


@dataclass(frozen=True)
class Hour:
    """What finished in the hour that begins at `start`."""

    start: datetime
    done: int
    failed: int


def open_requests(user: Any) -> dict[str, Count]:
    """How many are `open`, and of these how many are `waiting` for their device."""
    requests = Request.objects.visible_to(user)
    return {"open": count(requests.open()), "waiting": count(requests.filter(state=State.QUEUED))}


def failed_installs(user: Any) -> dict[str, Count]:
    """How many applications failed (`installs`), on how many `devices`."""
    failed = Report.objects.visible_to(user).filter(found=Report.Found.FAILED)
    return {"installs": count(failed), "devices": count(failed.order_by().values("device").distinct())}


def per_hour(user: Any, now: datetime) -> list[Hour]:
    """The requests that were done or failed in each of the last 24 hours, the oldest first; the last one is under way.

    Hours begin as they do in UTC, so that none is missing or twice when the clock is put back.
    """
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    starts = [last - timedelta(hours=back) for back in reversed(range(HOURS))]
    rows = (
        Request.objects.visible_to(user)
        .filter(state__in=(State.SUCCEEDED, State.FAILED), finished_at__gte=starts[0])
        .order_by()
        .values_list(TruncHour("finished_at", tzinfo=UTC), "state")
        .annotate(number=CountRows("pk"))
    )
    found: defaultdict[tuple[datetime, str], int] = defaultdict(int)
    for start, state, number in rows:
        found[start, state] += number
    return [Hour(start, found[start, State.SUCCEEDED], found[start, State.FAILED]) for start in starts]


def recent_failures(user: Any, number: int) -> list[Request]:
    requests = Request.objects.visible_to(user).filter(state=State.FAILED).order_by("-finished_at")
    return list(requests.select_related("device", "target")[:number])


def next_deadlines(user: Any, now: datetime, number: int) -> list[Deployment]:
    """Of the Required deployments to collections in sight those whose deadline is next."""
    deployments = Deployment.objects.visible_to(user).filter(deadline__gt=now).order_by("deadline", "pk")
    return list(deployments.select_related("application", "collection")[:number])


def reported(user: Any, *, patient: bool) -> dict[str, int] | None:
    """How many applications the clients last reported as installed, failed and so on; of a large fleet a few minutes
    old. None when they must be counted first and that takes longer than who is not `patient` waits."""
    key = f"reported:{scope(user, READ_COLLECTION, READ_APPLICATION)}"
    kept: dict[str, int] | None = cache.get(key)
    if kept is not None:
        return kept
    reports = Report.objects.visible_to(user).order_by()
    if not patient and count(reports, LARGE).more:
        return None
    found = dict(reports.values_list("found").annotate(number=CountRows("pk")))
    if sum(found.values()) > LARGE:
        cache.set(key, found, KEPT_SECONDS)
    return found
