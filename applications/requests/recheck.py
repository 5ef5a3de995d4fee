"""Asks the rules once more about queued requests, at the moment when they can be delivered (R17)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from applications.models import Request
from applications.rules.eligibility import NEEDS_DEPLOYMENT, Facts, Verdict, verdict_at_delivery
from applications.rules.words import Action, Target
from applications.status.facts import Situation


def asked_again(requests: Sequence[Request], now: datetime) -> Iterable[tuple[Request, Verdict]]:
    """Each request with the verdict of this moment, by the rights that its requester has now."""
    by_requester: dict[Any, list[Request]] = {}
    for request in requests:
        by_requester.setdefault(request.requested_by, []).append(request)
    for user, asked in by_requester.items():
        devices = list({request.device_id: request.device for request in asked}.values())
        situation = Situation(devices, {request.application for request in asked}, user=user, now=now)
        for request in asked:
            yield request, verdict_at_delivery(Action(request.action), _facts_now(situation, request))


def _facts_now(situation: Situation, request: Request) -> Facts:
    """The facts at delivery: the device is connected, and only deployments to the same person (or the device) count."""
    reaches = tuple(
        reach
        for reach in situation.reaches.get((request.device_id, request.application_id), ())
        if (reach.target is Target.PERSON and reach.person_id == request.person_id)
        or (reach.target is Target.DEVICE and request.person_id is None)
        or request.action not in NEEDS_DEPLOYMENT
    )
    facts = situation.facts(request.device, request.application, reaches)
    # Who asked and is gone, or may no longer sign in, has no rights.
    gone = request.requester and (request.requested_by is None or not request.requested_by.is_active)
    return replace(facts, online=True, open_action="", may_approve=facts.may_approve and not gone)
