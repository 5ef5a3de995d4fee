"""Times: when a request expires, when a deployment is available, when its deadline has passed."""

from __future__ import annotations

from datetime import datetime, timedelta


def expires_at(asked_at: datetime, lifetime_days: int) -> datetime:
    return asked_at + timedelta(days=lifetime_days)


def is_available(available_from: datetime | None, now: datetime) -> bool:
    return available_from is None or available_from <= now


def is_due(deadline: datetime | None, now: datetime) -> bool:
    """Whether a Required deployment installs by itself now; without a deadline that is at once (R27)."""
    return deadline is None or deadline <= now
