"""What a change changed, field by field: the value before and the value after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import Model

MAX_LENGTH = 4000  # characters of one value; a script may have more

State = dict[str, Any]  # field → value, as it can be kept in JSON


class Change(TypedDict):
    old: Any
    new: Any


Changes = dict[str, Change]


def state(thing: Model, fields: Iterable[str]) -> State:
    """The values of these fields as they can be kept in JSON; what is referred to by its name."""
    return {name: _kept(getattr(thing, name)) for name in fields}


def difference(before: State | None, after: State | None) -> Changes:
    """The fields that differ. None: it was not there before, or is not there after."""
    old, new = before or {}, after or {}
    return {
        name: {"old": old.get(name), "new": new.get(name)} for name in {**old, **new} if old.get(name) != new.get(name)
    }


def names(things: Iterable[Any]) -> list[str]:
    return sorted(name_of(thing) for thing in things)


def name_of(thing: object) -> str:
    """The name that is kept, the same in every language: its `audit_name` when what it shows depends on the reader."""
    return str(getattr(thing, "audit_name", thing))


def _kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str):
        return value if len(value) <= MAX_LENGTH else f"{value[:MAX_LENGTH]}…"
    if value is None or isinstance(value, bool | int | float | list | dict):
        return value
    return name_of(value)
