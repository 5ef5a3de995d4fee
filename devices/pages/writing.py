"""Writes down in the audit log what somebody created, changed or deleted here, field by field (R20)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from console import audit
from console.models import AuditEntry
from devices.models import Device

Verb = AuditEntry.Verb
State = dict[str, Any]


def state(thing: Model, *fields: str) -> State:
    """The values as they can be kept; what is referred to by its name."""
    return {name: _kept(getattr(thing, name)) for name in fields}


def write_down(
    request: HttpRequest, about: str, before: State | None, after: State | None, device: Device | None = None
) -> bool:
    """`before` is None for what is new, `after` for what is gone. Whether there was anything to write down."""
    old, new = before or {}, after or {}
    changes = {name: [old.get(name), new.get(name)] for name in {**old, **new} if old.get(name) != new.get(name)}
    if not changes and before is not None and after is not None:
        return False
    verb = Verb.CREATED if before is None else Verb.DELETED if after is None else Verb.CHANGED
    audit.record(
        verb,
        about,
        user=request.user,
        address=audit.address_of(request),
        device=device,
        details={"changes": changes} if changes else {},
    )
    return True


def names(things: Iterable[Any]) -> list[str]:
    return sorted(str(thing) for thing in things)


def _kept(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | list) else str(value)
