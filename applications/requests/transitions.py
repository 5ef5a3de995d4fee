"""The only writers of request state: one function per verb, each a transaction with a compare-and-set and history.

Moves and states stand in `rules/lifecycle.py`. Zero rows changed means that somebody was faster, and that is fine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import override

from applications.models import Application, Request, RequestEvent
from applications.models.request import ACTION_LABELS
from applications.rules.lifecycle import MOVES
from applications.rules.words import Action
from console import audit
from console.models import AuditEntry
from devices.models import Device

Verb = AuditEntry.Verb


class Unknown(Exception):
    """There is no such request for this device."""


class Closed(Exception):
    """The request is not open any more, or not in a state for this; `state` is the one it is in."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def move(ids: Sequence[UUID], verb: str, device: Device | None = None, **changes: Any) -> int:
    """Compare-and-set: only rows in a state from which the verb leads somewhere change; how many did."""
    old, new = MOVES[verb]
    of_device = Q(device=device) if device else Q()
    return Request.objects.filter(of_device, pk__in=ids, state__in=old).update(state=new, **changes) if ids else 0


def write_history(
    requests: Iterable[Request],
    state: str,
    now: datetime,
    code: str = "",
    facts: dict[str, Any] | None = None,
    *,
    actor: str = "",
    address: str | None = None,
) -> None:
    RequestEvent.objects.bulk_create(
        RequestEvent(request=r, at=now, state=state, code=code, facts=facts or {}, actor=actor[:150], address=address)
        for r in requests
    )


def write_audit(
    verb: AuditEntry.Verb,
    requests: Iterable[Request],
    now: datetime,
    user: Any | None = None,
    address: str | None = None,
    actor: str = "",
    **details: Any,
) -> None:
    audit.record_all(
        audit.entry(
            verb,
            about_request(Action(request.action), request.target, request.device),
            user=user,
            actor=actor,
            address=address,
            device=request.device,
            details={"request": str(request.pk), **details},
            private=request.person_id is not None,
            now=now,
        )
        for request in requests
    )


def about_request(action: Action, application: Application, device: Device) -> str:
    with override("en"):  # the log speaks one language
        return f"{ACTION_LABELS[action]}: {application}, {device.name}"


def touch(device_ids: Iterable[int]) -> None:
    """The pages of these devices have something new to show."""
    Device.objects.filter(pk__in=list(device_ids)).update(revision=F("revision") + 1)
