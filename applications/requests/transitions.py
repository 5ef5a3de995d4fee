"""The only writers of request state: one function per verb, each a transaction with a compare-and-set and history.

Moves and states stand in `rules/lifecycle.py`. Zero rows changed means that somebody was faster, and that is fine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from applications.models import Application, Request, RequestEvent
from applications.rules.lifecycle import MOVES
from audit.log import Subject, entry, record_all
from audit.models import AuditEntry
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
    **facts: Any,
) -> None:
    record_all(
        entry(
            verb,
            subject_of(request.target, request.device, str(request.pk)),
            user=user,
            actor=actor,
            address=address,
            device=request.device,
            facts={**told(request.action, request.target, request.device, username_of(request)), **facts},
            private=request.person_id is not None,
            now=now,
        )
        for request in requests
    )


def subject_of(application: Application, device: Device, pk: str = "") -> Subject:
    """A request by what it is searched for; one that was refused has no number."""
    return Subject(AuditEntry.Kind.REQUEST, f"{application}, {device.name}", pk)


def told(action: str, application: Application, device: Device, person: str | None = None) -> dict[str, Any]:
    """What every entry about a request says of it; `person` is the user name of the one whom it is for."""
    facts = {"action": str(action), "application": str(application), "device": device.name}
    return facts | ({"person": person} if person else {})


def username_of(request: Request) -> str | None:
    return request.person.username if request.person else None


def touch(device_ids: Iterable[int]) -> None:
    """The pages of these devices have something new to show."""
    Device.objects.filter(pk__in=list(device_ids)).update(revision=F("revision") + 1)
