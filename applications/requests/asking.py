"""An administrator asks for an action, and takes it back (R10, R11, R17)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from applications.models import Application, Request
from applications.requests.tasks import deliver_soon
from applications.requests.transitions import (
    Verb,
    move,
    subject_of,
    told,
    touch,
    username_of,
    write_audit,
    write_history,
)
from applications.rules.eligibility import Verdict, verdict
from applications.rules.lifecycle import State
from applications.rules.reasons import Reason
from applications.rules.timing import expires_at
from applications.rules.words import Action, Target
from applications.status.facts import Situation
from audit.log import record
from devices.models import Device


class ActionRefused(Exception):
    """The rules do not allow the action; `verdict` says why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


def ask(
    user: Any,
    device: Device,
    application: Application,
    action: Action,
    *,
    now: datetime,
    comment: str = "",
    address: str | None = None,
) -> tuple[Request, bool]:
    """The open request for this action, and whether it was made now: a second click gets the first one's (R17).

    Raises `ActionRefused` with the verdict of the rules; that is written in the audit log too.
    """
    situation = Situation([device], [application], user=user, now=now)
    target = situation.targets.get(application.pk, application) if action in SUPERSEDABLE else application
    same = situation.request(device, target)
    if same and same.action == action:
        return same, False
    answer = verdict(action, situation.facts(device, application))
    about = {"user": user, "address": address, "device": device, "now": now}
    if not answer.allowed:
        facts = {**told(action, application, device), "reason": str(answer.reason)}
        here = situation.reaches.get((device.pk, application.pk), ())
        private = not any(reach.target is Target.DEVICE for reach in here)  # it is here because of a person
        record(Verb.REFUSED, subject_of(application, device), facts=facts, private=private, **about)
        raise ActionRefused(answer)
    report = situation.report(device, application)
    person = answer.reach.person_id if answer.reach else report.person_id if report else None
    request = Request(
        device=device,
        application=application,
        target=target,
        person_id=person,
        action=action,
        requested_by=user,
        requester=user.get_username(),
        comment=comment,
        created_at=now,
        expires_at=expires_at(now, settings.KOPPEL_REQUEST_LIFETIME_DAYS),
        sync_policy=answer.sync_policy,
    )
    try:
        with transaction.atomic():
            request.save(force_insert=True)
            write_history([request], State.QUEUED, now, actor=request.requester, address=address)
            facts = told(action, target, device, answer.reach.person if answer.reach else username_of(request))
            facts["comment"] = comment
            subject = subject_of(target, device, str(request.pk))
            record(Verb.ASKED, subject, facts=facts, private=person is not None, **about)
            touch([device.pk])
            deliver_soon([device.pk])
    except IntegrityError:
        faster = Request.objects.open().filter(device=device, target=target, person=person).first()
        if faster is None or faster.action != action:
            taken = Verdict(action, Reason.REQUEST_OPEN, {"action": faster.action if faster else action})
            raise ActionRefused(taken) from None
        return faster, False
    return request, True


# Who asks for these of a superseded application gets the superseding one (R15).
SUPERSEDABLE = frozenset({Action.INSTALL, Action.REINSTALL})


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
