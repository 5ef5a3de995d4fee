"""Moments as they stand in a sentence: in the reader's zone, the clock for today, the day too for another day."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from ui.times import dated


def moment(at: datetime | None, form: str = "") -> str:
    """A moment in the reader's zone; `form` is a date format of Django where another is wanted."""
    if at is None:
        return "?"
    local = timezone.localtime(at)
    today = local.date() == timezone.localdate()
    return dated(local, form or ("H:i" if today else "j M H:i"))


def moment_of(text: str) -> str:
    """The same for a moment in ISO 8601 with its zone; any other text stays as it is."""
    try:
        at = parse_datetime(text)
        return moment(at) if at and timezone.is_aware(at) else text
    except (ValueError, OverflowError):
        return text
