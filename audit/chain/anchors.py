"""Checks the audit log once a day and anchors its head, signed, where the database cannot reach: a file and the log."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.conf import settings

from audit.chain.sealing import head, seal, sealed_lines
from audit.chain.verify import FORGED, Fault, Report, objects, verify
from audit.models import Anchor, AuditEntry, LastCheck
from signing.envelope import Envelope, NotGenuine, canonical
from signing.keys import KeyUnusable, keys

DAY = timedelta(days=1)
ROW = 1
ANCHOR = "audit log"  # the kind of what is signed

log = structlog.get_logger(__name__)


def anchor_daily(now: datetime) -> None:
    """Nothing to do when that was done within a day: a genuine anchor says so. A moment in the future is one that a
    wrong clock wrote."""
    try:
        said, _ = opened(Anchor.objects.filter(at__gt=now - DAY, at__lte=now).values_list("envelope", flat=True))
        if any(now - DAY < datetime.fromisoformat(each["at"]) <= now for each in said):
            return
        seal(AuditEntry.objects)
        anchor(now)
        check(now)
    except KeyUnusable as error:
        log.error("The audit log is not anchored", error=str(error))


def anchor(now: datetime) -> None:
    """The row is for who verifies here, the line in the log and the file for who does not trust the database."""
    number, its = head(AuditEntry.objects)
    fact = {"at": now.astimezone(UTC).isoformat(timespec="seconds"), "number": number, "hash": its}
    envelope = keys().sign(ANCHOR, canonical(fact))
    Anchor.objects.create(at=now, envelope=envelope)
    log.info("The audit log is anchored", **fact, signature=envelope["signature"])
    try:
        handle = os.open(settings.KOPPEL_AUDIT_ANCHORS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="ascii") as file:
            file.write(json.dumps({"anchor": envelope}) + "\n")
    except OSError as error:
        log.warning("The anchor cannot be written", file=str(settings.KOPPEL_AUDIT_ANCHORS), error=error.strerror)


def check(now: datetime) -> Report:
    """Walk the whole log, and keep what was found for the page."""
    said, forged = opened(known_anchors())
    report = verify(sealed_lines(AuditEntry.objects), said)
    report = report._replace(faults=[Fault(FORGED, 0, 0)] * forged + report.faults)
    first = report.faults[0] if report.faults else None
    LastCheck.objects.update_or_create(
        pk=ROW,
        defaults={"at": now, "number": report.last, "fault": first.kind if first else "",
                  "first": first.first if first else None, "last": first.last if first else None},
    )  # fmt: skip
    if first:
        log.error("The audit log was changed behind the console's back", faults=len(report.faults), first=str(first))
    return report


def opened(envelopes: Iterable[Envelope]) -> tuple[list[dict[str, Any]], int]:
    """What those say that this console signed, and how many others there are. Raises `KeyUnusable`."""
    said, forged = [], 0
    for envelope in envelopes:
        try:
            said.append(keys().open(ANCHOR, envelope))
        except (NotGenuine, KeyError, TypeError):
            forged += 1
    return said, forged


def known_anchors() -> list[Envelope]:
    """Those of the database and those of the file; where they differ, no entry fits both."""
    rows, path = list(Anchor.objects.order_by("at").values_list("envelope", flat=True)), settings.KOPPEL_AUDIT_ANCHORS
    return rows + ([each["anchor"] for each in objects([path])] if path.is_file() else [])
