"""What a device refuses because it does not believe that this console asked it (docs/protocol.md, Refusals)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from applications.models import Request
from applications.requests.results import write_refusal
from applications.requests.transitions import Verb, move, subject_of, told, touch, username_of, write_history
from applications.rules.lifecycle import State
from audit.log import Subject, entry
from audit.models import AuditEntry
from devices.models import Device

REASON = "device_refused"
REPLAYED, OLDER = "order_replayed", "revision_older"
MAX_WRITTEN = 50  # entries in the audit log that one device gets written in an hour


def refuse(
    device: Device, request_id: UUID | None, detail: dict[str, Any], now: datetime, *, address: str | None
) -> None:
    """A request that waited for the device fails with what it said; one that it has carried out before stays as it is.
    All of it is in the audit log, also what names no request of this device: somebody else sent it.

    A revision that was overtaken while it was delivered is delivered anew, as the present one.
    """
    found = Request.objects.filter(device=device).select_related("target", "person", "device")
    request = found.filter(pk=request_id).first() if request_id else None
    facts = {"detail": detail}
    with transaction.atomic():
        if request and detail["code"] != REPLAYED:
            if detail["code"] == OLDER and _overtaken(request):
                move([request.pk], "requeue")
            elif move([request.pk], "refuse", finished_at=now, reason=REASON, facts=facts, waits_for=""):
                write_history([request], State.FAILED, now, REASON, facts, actor=device.name)
                write_refusal(request, facts, now)
            touch([device.pk])
        lately = AuditEntry.objects.filter(
            verb=Verb.DEVICE_REFUSED, device_id=device.pk, at__gt=now - timedelta(hours=1)
        )
        if lately.count() < MAX_WRITTEN:
            _entry(device, request, {"reason": REASON, **facts}, now, address).save(force_insert=True)


def _overtaken(request: Request) -> bool:
    """Whether there is a newer revision by now than the order names."""
    order = getattr(request, "order", None)
    newest = request.target.revision_id
    return order is not None and not request.target.is_group and newest not in order.revisions


def _entry(
    device: Device, request: Request | None, facts: dict[str, Any], now: datetime, address: str | None
) -> AuditEntry:
    about: dict[str, Any] = {"actor": device.name, "address": address, "device": device, "now": now}
    if request is None:
        return entry(Verb.DEVICE_REFUSED, Subject.of(AuditEntry.Kind.DEVICE, device), facts=facts, **about)
    named = told(request.action, request.target, device, username_of(request))
    subject = subject_of(request.target, device, str(request.pk))
    return entry(Verb.DEVICE_REFUSED, subject, facts={**named, **facts}, private=request.person_id is not None, **about)
