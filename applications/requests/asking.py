"""An administrator asks for an action, and takes it back (R10, R11, R17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction

from applications.models import Application, Request
from applications.requests.tasks import deliver_soon
from applications.requests.transitions import Verb, move, subject_of, told, touch, write_audit, write_history
from applications.rules.eligibility import Verdict, verdict
from applications.rules.lifecycle import State
from applications.rules.reasons import Reason
from applications.rules.timing import expires_at
from applications.rules.words import Action, Target
from applications.status.facts import Situation
from audit.log import entry, record_all
from audit.models import AuditEntry
from devices.models import Device, Person


class ActionRefused(Exception):
    """The rules do not allow the action; `verdict` says why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


Wish = tuple[Device, Application]


class Refused(NamedTuple):
    device: Device
    application: Application
    verdict: Verdict


@dataclass
class Answers:
    """What came of asking for one action several times."""

    made: list[Request] = field(default_factory=list)
    open_already: list[Request] = field(default_factory=list)  # a second click gets the first one's (R17)
    refused: list[Refused] = field(default_factory=list)


def ask_all(user: Any, device: Device, applications: Sequence[Application], action: Action, **about: Any) -> Answers:
    """Ask for the action on each of the applications; takes the rest of what `ask_many` takes."""
    return ask_many(user, [(device, application) for application in applications], action, **about)


def ask_many(
    user: Any,
    asked: Sequence[Wish],
    action: Action,
    *,
    now: datetime,
    comment: str = "",
    address: str | None = None,
) -> Answers:
    """Ask for the action on each of these devices and applications; the number of queries does not depend on how many
    they are.

    What the rules refuse is in the answers with its verdict, and in the audit log.
    """
    situation = situation_of(user, asked, now)
    answers, wanted, log = Answers(), [], []
    for device, application in asked:
        about = {"user": user, "address": address, "device": device, "now": now}
        target = situation.target(device, application, action)
        same = situation.request(device, target)
        if same and same.action == action:
            answers.open_already.append(same)
            continue
        answer = verdict(action, situation.facts(device, application))
        if answer.allowed:
            wanted.append(_request(user, situation, device, application, target, answer, comment))
        else:
            answers.refused.append(Refused(device, application, answer))
            log.append(_refusal(situation, device, application, answer, about))
    record_all(log)
    _name_persons(wanted)
    try:
        with transaction.atomic():
            answers.made = _insert(wanted)
            write_history(answers.made, State.QUEUED, now, actor=user.get_username(), address=address)
            write_audit(Verb.ASKED, answers.made, now, user=user, address=address, comment=comment)
            if answers.made:
                devices = {request.device_id for request in answers.made}
                touch(devices)
                deliver_soon(devices)
    except IntegrityError:  # a device, an application or a person was deleted at this moment
        answers.made = []
    _settle_overtaken(wanted, action, answers)
    return answers


def situation_of(user: Any, asked: Sequence[Wish], now: datetime) -> Situation:
    """The facts about all that is asked."""
    devices = {device.pk: device for device, _ in asked}
    applications = {application.pk: application for _, application in asked}
    return Situation(list(devices.values()), list(applications.values()), user=user, now=now)


def ask(user: Any, device: Device, application: Application, action: Action, **about: Any) -> tuple[Request, bool]:
    """The open request for this action, and whether it was made now. Raises `ActionRefused`."""
    answers = ask_all(user, device, [application], action, **about)
    if answers.refused:
        raise ActionRefused(answers.refused[0].verdict)
    return (answers.made or answers.open_already)[0], bool(answers.made)


def cancel(user: Any, request: Request, *, now: datetime, comment: str = "", address: str | None = None) -> bool:
    """Cancel a request that the client has not confirmed; False when it has, or when the request is closed (R17)."""
    actor = user.get_username()
    facts = {"actor": actor, **({"comment": comment} if comment else {})}
    with transaction.atomic():
        if not move([request.pk], "cancel", finished_at=now, reason="cancelled", facts=facts):
            return False
        request.state = State.CANCELLED
        write_history([request], State.CANCELLED, now, "cancelled", facts, actor=actor, address=address)
        write_audit(Verb.CANCELLED, [request], now, user=user, address=address, comment=comment)
        touch([request.device_id])
    return True


def _request(
    user: Any,
    situation: Situation,
    device: Device,
    application: Application,
    target: Application,
    answer: Verdict,
    comment: str,
) -> Request:
    """As it will be saved: for the person whose deployment allows it, else for whom it was installed."""
    report = situation.report(device, target)
    person = answer.reach.person_id if answer.reach else report.person_id if report else None
    return Request(
        device=device,
        application=application,
        target=target,
        person_id=person,
        action=answer.action,
        requested_by=user,
        requester=user.get_username(),
        comment=comment,
        created_at=situation.now,
        expires_at=expires_at(situation.now, settings.KOPPEL_REQUEST_LIFETIME_DAYS),
        sync_policy=answer.sync_policy,
    )


def _refusal(
    situation: Situation, device: Device, application: Application, answer: Verdict, about: dict[str, Any]
) -> AuditEntry:
    facts = {**told(answer.action, application, device), "reason": str(answer.reason)}
    here = situation.reaches.get((device.pk, application.pk), ())
    private = not any(reach.target is Target.DEVICE for reach in here)  # it is here because of a person
    return entry(Verb.REFUSED, subject_of(application, device), facts=facts, private=private, **about)


def _name_persons(requests: Sequence[Request]) -> None:
    """Load the persons, whom the audit log names, in one query."""
    persons = Person.objects.in_bulk({request.person_id for request in requests if request.person_id})
    for request in requests:
        if request.person_id:
            request.person = persons[request.person_id]


def _insert(requests: Sequence[Request]) -> list[Request]:
    """Those that no open request stood in the way of; the database decides (R17)."""
    Request.objects.bulk_create(requests, ignore_conflicts=True)
    there = set(Request.objects.filter(pk__in=[request.pk for request in requests]).values_list("pk", flat=True))
    return [request for request in requests if request.pk in there]


def _settle_overtaken(wanted: Sequence[Request], action: Action, answers: Answers) -> None:
    """Whose request somebody else's overtook at the same moment gets that one, or hears which action is open."""
    done = {request.pk for request in answers.made}
    overtaken = [request for request in wanted if request.pk not in done]
    if not overtaken:
        return
    targets, devices = {request.target_id for request in overtaken}, {request.device_id for request in overtaken}
    open_ones = {
        (request.device_id, request.target_id, request.person_id): request
        for request in Request.objects.open().filter(device__in=devices, target__in=targets)
    }
    for request in overtaken:
        faster = open_ones.get((request.device_id, request.target_id, request.person_id))
        if faster and faster.action == action:
            answers.open_already.append(faster)
        else:  # without one, what stood in the way is over already, or what was asked about is gone
            details: dict[str, object] = {"action": faster.action if faster else action}
            verdict = Verdict(action, Reason.REQUEST_OPEN, details)
            answers.refused.append(Refused(request.device, request.application, verdict))
