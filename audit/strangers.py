"""Writes down whom the door for devices turned away, bounded: nobody fills the log by being turned away."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Model

from audit.log import Subject, record
from audit.models import AuditEntry

WINDOW = timedelta(hours=1)
MAX_OF_ONE_ADDRESS = 3  # entries within the window
MAX_OF_ALL = 200
STRANGER = "?"


def record_turned_away(
    reason: str, *, address: str | None, now: datetime, name: str = "", device: Model | None = None
) -> None:
    """`reason` is the code of the refusal; `name` is what the client calls itself."""
    told = AuditEntry.objects.filter(verb=AuditEntry.Verb.TURNED_AWAY, at__gt=now - WINDOW).order_by()
    if told.filter(address=address).count() >= MAX_OF_ONE_ADDRESS or told.count() >= MAX_OF_ALL:
        return
    subject = (
        Subject.of(AuditEntry.Kind.DEVICE, device) if device else Subject(AuditEntry.Kind.DEVICE, name or STRANGER)
    )
    facts = {"reason": reason}
    record(AuditEntry.Verb.TURNED_AWAY, subject, actor=STRANGER, address=address, device=device, facts=facts, now=now)
