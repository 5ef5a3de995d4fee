"""Writes the audit log (R20): one entry, many, or what was created, changed or deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from audit.changes import Changes, State, difference, name_of
from audit.models import AuditEntry

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind

CONSOLE = "Koppel"  # who did it when nobody did: a rule or the clock
MAX_NAME = 300


@dataclass(frozen=True)
class Subject:
    """What an entry is about: the kind of object, its name at this moment, and its number if it has one."""

    kind: AuditEntry.Kind
    name: str = ""
    id: str = ""

    @classmethod
    def of(cls, kind: AuditEntry.Kind, thing: Model) -> Subject:
        """Of an object that is in the database: take it before the object is deleted."""
        return cls(kind, name_of(thing), str(thing.pk))


class WhoAsks(TypedDict):
    user: Any
    address: str | None


def who_asks(request: HttpRequest) -> WhoAsks:
    """By whom and from where, as `entry` takes it."""
    return {"user": request.user, "address": address_of(request)}


def address_of(request: Any) -> str | None:
    """The address of who asks, as the server saw it."""
    return request.META.get("REMOTE_ADDR") or None


def entry(
    verb: AuditEntry.Verb,
    subject: Subject,
    *,
    user: Any | None = None,
    actor: str = "",
    address: str | None = None,
    device: Model | None = None,
    facts: dict[str, Any] | None = None,
    private: bool = False,
    now: datetime | None = None,
) -> AuditEntry:
    """An entry that is not saved yet."""
    known = user if user is not None and user.pk else None
    return AuditEntry(
        at=now or timezone.now(),
        verb=verb,
        user=known,
        actor=actor or (known.get_username() if known else CONSOLE),
        address=address,
        device_id=device.pk if device else None,
        kind=subject.kind,
        object_id=subject.id,
        name=subject.name[:MAX_NAME],
        facts=facts or {},
        private=private,
    )


def record(verb: AuditEntry.Verb, subject: Subject, **about: Any) -> None:
    """Write one entry; takes what `entry` takes."""
    entry(verb, subject, **about).save(force_insert=True)


def record_all(entries: Iterable[AuditEntry]) -> None:
    """Write many entries in one statement."""
    AuditEntry.objects.bulk_create(entries)


def record_change(
    subject: Subject, before: State | None, after: State | None, facts: dict[str, Any] | None = None, **about: Any
) -> Changes:
    """Write down what was created (`before` is None), changed or deleted (`after` is None), and answer what differs;
    nothing is written when something that stays did not change. Takes the rest of what `entry` takes."""
    changes = difference(before, after)
    if changes or before is None or after is None:
        verb = Verb.CREATED if before is None else Verb.DELETED if after is None else Verb.CHANGED
        record(verb, subject, facts={**(facts or {}), **({"changes": changes} if changes else {})}, **about)
    return changes
