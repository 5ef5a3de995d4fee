"""The only writers of request state: one function per verb, each a transaction with a compare-and-set and history.

Moves and states stand in `rules/lifecycle.py`. Zero rows changed means that somebody was faster, and that is fine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Least
from django.utils.translation import override

from applications.models import Application, GroupMember, Request, RequestEvent
from applications.models.request import ACTION_LABELS
from applications.reach import reaches
from applications.reconsider import asked_again
from applications.rules.eligibility import Verdict, verdict
from applications.rules.lifecycle import CONFIRMED, MOVES, State
from applications.rules.reasons import Reason
from applications.rules.timing import expires_at
from applications.rules.words import Action, Target
from applications.situation import Situation
from console import audit
from console.models import AuditEntry
from devices.models import Device, SignIn
from devices.wakeup import wake

Verb = AuditEntry.Verb
MANY = 32767  # the most deliveries that are counted; a client may be silent about a request for weeks
MOST_BY_ITSELF = 500  # requests an hour that one client makes for what is Required


class Refused(Exception):
    """The rules do not allow the action; `verdict` says why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


class Unknown(Exception):
    """There is no such request for this device."""


class Closed(Exception):
    """The request is not open any more, or not in a state for this; `state` is the one it is in."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


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

    Raises `Refused` with the verdict of the rules; that is written in the audit log too.
    """
    situation = Situation([device], [application], user=user, now=now)
    target = situation.targets.get(application.pk, application) if action in SUPERSEDABLE else application
    same = situation.request(device, target)
    if same and same.action == action:
        return same, False
    answer = verdict(action, situation.facts(device, application))
    about = {"user": user, "address": address, "device": device, "now": now}
    if not answer.allowed:
        details = {"reason": str(answer.reason)}
        here = situation.reaches.get((device.pk, application.pk), ())
        private = not any(reach.target is Target.DEVICE for reach in here)  # it is here because of a person
        audit.record(Verb.REFUSED, _about(action, application, device), **about, details=details, private=private)
        raise Refused(answer)
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
            _history([request], State.QUEUED, now, actor=request.requester, address=address)
            details = {"request": str(request.pk), "comment": comment}
            audit.record(
                Verb.ASKED, _about(action, target, device), **about, details=details, private=person is not None
            )
            _touch([device.pk])
            wake([device.pk])
    except IntegrityError:
        faster = Request.objects.open().filter(device=device, target=target, person=person).first()
        if faster is None or faster.action != action:
            taken = Verdict(action, Reason.REQUEST_OPEN, {"action": faster.action if faster else action})
            raise Refused(taken) from None
        return faster, False
    return request, True


# Who asks for these of a superseded application gets the superseding one (R15).
SUPERSEDABLE = frozenset({Action.INSTALL, Action.REINSTALL})


def cancel(user: Any, request: Request, *, now: datetime, comment: str = "", address: str | None = None) -> bool:
    """Cancel a request that the client has not confirmed; False when it has, or when the request is closed (R17)."""
    actor = user.get_username()
    facts = {"actor": actor, **({"comment": comment} if comment else {})}
    with transaction.atomic():
        if not _move([request.pk], "cancel", finished_at=now, reason="cancelled", facts=facts):
            return False
        request.state = State.CANCELLED
        _history([request], State.CANCELLED, now, "cancelled", facts, actor=actor, address=address)
        _audit(Verb.CANCELLED, [request], now, user=user, address=address, comment=comment)
        _touch([request.device_id])
    return True


def claim(device_ids: Iterable[int], now: datetime) -> list[Request]:
    """Take the queued requests of devices that can be reached now, ask the rules again and mark them sent.

    What the rules no longer allow is withdrawn with the reason; what must wait for a person stays queued and says so.
    The caller hands what is returned to the clients after the transaction.
    """
    with transaction.atomic():
        waiting = list(
            _locked(Request.objects.filter(device__in=list(device_ids), state=State.QUEUED))
            .select_related("device__site", "application", "target", "person", "requested_by")
            .order_by("created_at")
        )
        if not waiting:
            return []
        signed_in = set(
            SignIn.objects.filter(device__in={request.device_id for request in waiting}).values_list("device", "person")
        )
        send: list[Request] = []
        for request, answer in asked_again(waiting, now):
            if answer.reason is Reason.SEVERAL_SIGNED_IN:
                _wait(request, "one_session")
            elif not answer.allowed:
                _withdraw(request, answer, now)
            elif request.person_id and (request.device_id, request.person_id) not in signed_in:
                _wait(request, "sign_in")
            else:
                send.append(request)
        ids = [request.pk for request in send]
        _move(ids, "send", sent_at=now, deliveries=Least(F("deliveries") + 1, MANY), waits_for="")
        first = [request for request in send if not request.deliveries]
        for request in send:
            request.state = State.SENT
        _history(first, State.SENT, now)
        _audit(Verb.DELIVERED, first, now)
        _touch({request.device_id for request in send})
    return send


def requeue_unanswered(now: datetime) -> int:
    """Queue again what was sent and not acknowledged in time; how many that were."""
    late = now - timedelta(seconds=settings.KOPPEL_ACK_SECONDS)
    with transaction.atomic():
        requests = list(_locked(Request.objects.filter(state=State.SENT, sent_at__lt=late)))
        _move([request.pk for request in requests], "requeue")
        first = [request for request in requests if request.deliveries == 1]
        _history(first, State.QUEUED, now, "no_answer")
        _touch({request.device_id for request in requests})
    return len(requests)


def expire(now: datetime) -> int:
    """End what was not confirmed within its lifetime, and what was confirmed but never got a result in it."""
    with transaction.atomic():
        old = list(_locked(Request.objects.open().filter(expires_at__lte=now)).select_related("device", "target"))
        for verb, reason in (("expire", "expired"), ("fail", "no_result")):
            ended = [request for request in old if request.state in MOVES[verb][0]]
            _move([request.pk for request in ended], verb, finished_at=now, reason=reason)
            _history(ended, MOVES[verb][1], now, reason)
            _audit(Verb.EXPIRED, ended, now)
        _touch({request.device_id for request in old})
    return len(old)


def acknowledge(device: Device, request_id: UUID, now: datetime) -> str:
    """The client has the request in its journal and asks whether it may run it; the state, or `Closed`/`Unknown`."""
    with transaction.atomic():
        moved = _move([request_id], "acknowledge", device, acknowledged_at=now, waits_for="")
        request = _of(device, request_id)
        if moved:
            _history([request], State.ACKNOWLEDGED, now, actor=device.name)
            _touch([device.pk])
    if request.state not in CONFIRMED:
        raise Closed(request.state)
    return State.ACKNOWLEDGED


def progress(device: Device, request_id: UUID, now: datetime, *, phase: str, percent: int | None, text: str) -> str:
    """The client tells how far it is; the first time the request is running from then on."""
    with transaction.atomic():
        facts = {"phase": phase, "percent": percent, "progress_text": text}
        if _move([request_id], "run", device, **facts):
            _history([_of(device, request_id)], State.RUNNING, now, actor=device.name)
        elif not Request.objects.filter(pk=request_id, device=device, state=State.RUNNING).update(**facts):
            raise Closed(_of(device, request_id).state)
        _touch([device.pk])
    return State.RUNNING


def end(
    device: Device, request: Request, now: datetime, *, succeeded: bool, address: str | None = None, **result: Any
) -> bool:
    """The client reported how it ended (`results.finish` writes down the rest); False when it was not confirmed."""
    verb = "succeed" if succeeded else "fail"
    if not _move([request.pk], verb, device, finished_at=now, percent=None, phase="", progress_text="", **result):
        return False
    request.state = MOVES[verb][1]
    _history([request], request.state, now, result["reason"], result["facts"], actor=device.name)
    told = {name: result["facts"][name] for name in ("exit_code",) if name in result["facts"]}
    told |= {"outcome": str(request.state), "reason": result["reason"]}
    _audit(Verb.FINISHED, [request], now, actor=device.name, address=address, **told)
    _touch([device.pk])
    return True


def announce(
    device: Device, request_id: UUID, application_id: int, now: datetime, *, address: str | None = None
) -> str:
    """The client installs an application by itself because a Required deployment is due (R27); the same id again
    changes nothing. `Closed` when a request for it is open or none of its deployments is Required here any more."""
    known = Request.objects.filter(pk=request_id).first()
    if known is None:
        application = Application.objects.filter(pk=application_id).first()
        groups = GroupMember.objects.filter(application=application_id).values_list("group", flat=True)
        ways = reaches([device], [application_id, *groups]).values()
        required = next((way for several in ways for way in several if way.requires), None)
        if application is None or required is None:
            raise Closed("not_required")
        lately = Request.objects.filter(device=device, requester="", created_at__gt=now - timedelta(hours=1))
        if lately.count() >= MOST_BY_ITSELF:
            raise Closed("too_many")
        request = Request(
            id=request_id,
            device=device,
            application=application,
            target=application,
            person_id=required.person_id,
            action=Action.INSTALL,
            state=State.ACKNOWLEDGED,
            created_at=now,
            acknowledged_at=now,
            expires_at=expires_at(now, settings.KOPPEL_REQUEST_LIFETIME_DAYS),
        )
        try:
            with transaction.atomic():
                request.save(force_insert=True)
                _history([request], State.ACKNOWLEDGED, now, "required_due")
                _audit(Verb.ASKED, [request], now, address=address, reason="required_due")
                _touch([device.pk])
        except IntegrityError:
            known = Request.objects.filter(pk=request_id).first()
            if known is None:
                raise Closed("request_open") from None
        else:
            return request.state
    if known.device_id != device.pk:
        raise Unknown
    if known.state not in CONFIRMED:
        raise Closed(known.state)
    return State.ACKNOWLEDGED


def _wait(request: Request, waits_for: str) -> None:
    if request.waits_for != waits_for:
        Request.objects.filter(pk=request.pk, state=State.QUEUED).update(waits_for=waits_for)
        _touch([request.device_id])


def _withdraw(request: Request, answer: Verdict, now: datetime) -> None:
    # Who reads the history need not see the collection.
    facts = {name: _plain(value) for name, value in answer.details.items() if name != "collection"}
    if answer.reason is Reason.NO_PERMISSION:
        facts["person"] = request.requester
    reason = "rights_lost" if answer.reason is Reason.NO_PERMISSION else str(answer.reason)
    if _move([request.pk], "withdraw", finished_at=now, reason=reason, facts=facts):
        request.state = State.WITHDRAWN
        _history([request], State.WITHDRAWN, now, reason, facts)
        _audit(Verb.WITHDRAWN, [request], now, reason=reason)
        _touch([request.device_id])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _move(ids: Sequence[UUID], verb: str, device: Device | None = None, **changes: Any) -> int:
    """Compare-and-set: only rows in a state from which the verb leads somewhere change; how many did."""
    old, new = MOVES[verb]
    of_device = Q(device=device) if device else Q()
    return Request.objects.filter(of_device, pk__in=ids, state__in=old).update(state=new, **changes) if ids else 0


def _locked(requests: Any) -> Any:
    """Rows that no other worker is looking at now; SQLite has one writer at a time anyway."""
    if connection.features.has_select_for_update_skip_locked:
        return requests.select_for_update(skip_locked=True, of=("self",))
    return requests


def _of(device: Device, request_id: UUID) -> Request:
    try:
        return Request.objects.select_related("device", "target").get(pk=request_id, device=device)
    except Request.DoesNotExist:
        raise Unknown from None


def _history(
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


def _audit(
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
            _about(Action(request.action), request.target, request.device),
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


def _about(action: Action, application: Application, device: Device) -> str:
    with override("en"):  # the log speaks one language
        return f"{ACTION_LABELS[action]}: {application}, {device.name}"


def _touch(device_ids: Iterable[int]) -> None:
    """The pages of these devices have something new to show."""
    Device.objects.filter(pk__in=list(device_ids)).update(revision=F("revision") + 1)
