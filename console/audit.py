"""Writes the audit log (R20): one function for one entry, one for many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from console.models import AuditEntry
from devices.models import Device

CONSOLE = "Koppel"  # who did it when nobody did: a rule or the clock


def entry(
    verb: AuditEntry.Verb,
    target: str,
    *,
    user: Any | None = None,
    actor: str = "",
    address: str | None = None,
    device: Device | None = None,
    details: dict[str, Any] | None = None,
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
        device=device,
        target=target[:300],
        details=details or {},
        private=private,
    )


def record(verb: AuditEntry.Verb, target: str, **about: Any) -> None:
    """Write one entry; takes what `entry` takes."""
    entry(verb, target, **about).save(force_insert=True)


def record_all(entries: Iterable[AuditEntry]) -> None:
    """Write many entries in one statement."""
    AuditEntry.objects.bulk_create(entries)


def address_of(request: Any) -> str | None:
    """The address of who asks, as the server saw it."""
    return request.META.get("REMOTE_ADDR") or None
