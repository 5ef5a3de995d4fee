"""Asking once more for what failed: each by the rules and rights of a click, counted before anything is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from applications.models import Request
from applications.models.request import RequestQuerySet
from applications.requests.asking import Answers, Refused, Wish, ask_many, situation_of
from applications.rules.eligibility import verdict
from applications.rules.lifecycle import State
from applications.rules.words import Action

MAX_AT_ONCE = 500  # requests


@dataclass
class Plan:
    """What asking again would do, before it is done."""

    possible: list[Request] = field(default_factory=list)
    waiting: int = 0  # of those: how many wait until their device is online
    refused: list[tuple[Request, Refused]] = field(default_factory=list)


def failed(requests: RequestQuerySet) -> RequestQuerySet:
    """Those of them that failed, and after which nobody asked for the same application on the device any more."""
    later = Request.objects.filter(
        device=OuterRef("device"), application=OuterRef("application"), created_at__gt=OuterRef("created_at")
    )
    return requests.filter(~Exists(later), state=State.FAILED)


def plan(user: Any, requests: Sequence[Request], now: datetime) -> Plan:
    """By the verdicts of this moment. Each request comes with its device, the site of that and its application."""
    situation, made = situation_of(user, _wishes(requests), now), Plan()
    for request in requests:
        answer = verdict(Action(request.action), situation.facts(request.device, request.application))
        if answer.allowed:
            made.possible.append(request)
            made.waiting += answer.waits
        else:
            made.refused.append((request, Refused(request.device, request.application, answer)))
    return made


def ask_again(user: Any, requests: Iterable[Request], **about: Any) -> Answers:
    """Takes the rest of what `ask_many` takes."""
    by_action: defaultdict[Action, list[Request]] = defaultdict(list)
    for request in requests:
        by_action[Action(request.action)].append(request)
    answers = Answers()
    for action, asked in by_action.items():
        more = ask_many(user, _wishes(asked), action, **about)
        answers.made += more.made
        answers.open_already += more.open_already
        answers.refused += more.refused
    return answers


def _wishes(requests: Iterable[Request]) -> list[Wish]:
    return [(request.device, request.application) for request in requests]
