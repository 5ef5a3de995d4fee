"""What a change changed, for the audit log: field → the value before and the value after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model

LONGEST = 4000  # characters of one value; a script may have more

State = dict[str, Any]


def state(thing: Model, fields: Iterable[str]) -> State:
    """The values as they can be kept in JSON; what is referred to by its name."""
    return {name: _kept(getattr(thing, name)) for name in fields}


def difference(before: State | None, after: State | None) -> dict[str, list[Any]]:
    """None: it was not there before, or is not there after."""
    old, new = before or {}, after or {}
    return {name: [old.get(name), new.get(name)] for name in {**old, **new} if old.get(name) != new.get(name)}


def _kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    if value is None or isinstance(value, bool | int | float | list | dict):
        return value
    return str(value)
