"""Checks the whole audit log once a day and anchors its head where the database cannot reach: a file and the log."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.conf import settings

from audit.chain.sealing import head, seal, sealed_lines
from audit.chain.verify import Report, objects, verify
from audit.models import Anchor, AuditEntry, LastCheck

DAY = timedelta(days=1)
ROW = 1

log = structlog.get_logger(__name__)


def anchor_daily(now: datetime) -> None:
    """Nothing to do when that was done within a day; a moment in the future is one that a wrong clock wrote."""
    if not Anchor.objects.filter(at__gt=now - DAY, at__lte=now).exists():
        seal(AuditEntry.objects)
        anchor(now)
        check(now)


def check(now: datetime) -> Report:
    """Walk the whole log, and keep what was found for the page."""
    report = verify(sealed_lines(AuditEntry.objects), known_anchors())
    first = report.faults[0] if report.faults else None
    LastCheck.objects.update_or_create(
        pk=ROW,
        defaults={"at": now, "number": report.last, "fault": first.kind if first else "",
                  "first": first.first if first else None, "last": first.last if first else None},
    )  # fmt: skip
    if first:
        log.error("The audit log was changed behind the console's back", faults=len(report.faults), first=str(first))
    return report


def anchor(now: datetime) -> None:
    """The row is for who verifies here, the line in the log and the file for who does not trust the database."""
    number, its = head(AuditEntry.objects)
    Anchor.objects.create(at=now, number=number, hash=its)
    fact = {"at": now.astimezone(UTC).isoformat(timespec="seconds"), "number": number, "hash": its}
    log.info("The audit log is anchored", **fact)
    try:
        handle = os.open(settings.KOPPEL_AUDIT_ANCHORS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="ascii") as file:
            file.write(json.dumps({"anchor": fact}) + "\n")
    except OSError as error:
        log.warning("The anchor cannot be written", file=str(settings.KOPPEL_AUDIT_ANCHORS), error=error.strerror)


def known_anchors() -> list[dict[str, Any]]:
    """Those of the database and those of the file; where they differ, no entry fits both."""
    rows = list(Anchor.objects.order_by("at").values("number", "hash"))
    path = settings.KOPPEL_AUDIT_ANCHORS
    return rows + ([each["anchor"] for each in objects([path])] if path.is_file() else [])
