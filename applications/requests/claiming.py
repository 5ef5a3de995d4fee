"""What the clock and the workers do with requests: claim for delivery, queue again, expire, withdraw (R17, R21)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, prefetch_related_objects
from django.db.models.functions import Least

from applications.models import Request
from applications.requests.recheck import asked_again
from applications.requests.transitions import Verb, move, touch, write_audit, write_history
from applications.revisions import orders
from applications.rules.eligibility import Verdict
from applications.rules.lifecycle import MOVES, State
from applications.rules.reasons import Reason
from devices.models import SignIn

WAITS_FOR_NOTHING: dict[str, Any] = {"waits_for": "", "received_at": None, "behind": ""}
MAX_DELIVERIES = 32767  # the most deliveries that are counted; a client may be silent about a request for weeks


def claim(device_ids: Iterable[int], now: datetime) -> list[Request]:
    """Take the queued requests of devices that can be reached now, ask the rules again and mark them sent.

    What the rules no longer allow is withdrawn with the reason; what must wait for a person stays queued and says so.
    The caller hands what is returned to the clients after the transaction.
    """
    with transaction.atomic():
        queued = Request.objects.filter(device__in=list(device_ids), state=State.QUEUED)
        waiting = list(locked(queued).select_related("device", "person").order_by("created_at"))
        if not waiting:
            return []
        # What many of them have in common is fetched once, not with each.
        prefetch_related_objects(waiting, "application", "target", "requested_by", "device__site")
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
        move(ids, "send", sent_at=now, deliveries=Least(F("deliveries") + 1, MAX_DELIVERIES), **WAITS_FOR_NOTHING)
        first = [request for request in send if not request.deliveries]
        for request in send:
            request.state = State.SENT
        orders.sign(send, now)
        write_history(first, State.SENT, now)
        write_audit(Verb.DELIVERED, first, now)
        touch({request.device_id for request in send})
    return send


def requeue_unanswered(now: datetime) -> int:
    """Queue again what was sent and not acknowledged in time; how many that were. What a connected client says that it
    has waits there."""
    late = now - timedelta(seconds=settings.KOPPEL_ACK_SECONDS)
    safe = Q(received_at__isnull=False, device__stream__isnull=False)
    with transaction.atomic():
        requests = list(locked(Request.objects.filter(~safe, state=State.SENT, sent_at__lt=late)))
        move([request.pk for request in requests], "requeue")
        first = [request for request in requests if request.deliveries == 1]
        write_history(first, State.QUEUED, now, "no_answer")
        touch({request.device_id for request in requests})
    return len(requests)


def expire(now: datetime) -> int:
    """End what was not confirmed within its lifetime, and what was confirmed but never got a result in it."""
    with transaction.atomic():
        old = list(
            locked(Request.objects.open().filter(expires_at__lte=now)).select_related("device", "target", "person")
        )
        for verb, reason in (("expire", "expired"), ("fail", "no_result")):
            ended = [request for request in old if request.state in MOVES[verb][0]]
            move([request.pk for request in ended], verb, finished_at=now, reason=reason)
            write_history(ended, MOVES[verb][1], now, reason)
            write_audit(Verb.EXPIRED, ended, now)
        touch({request.device_id for request in old})
    return len(old)


def _wait(request: Request, waits_for: str) -> None:
    if request.waits_for != waits_for:
        Request.objects.filter(pk=request.pk, state=State.QUEUED).update(waits_for=waits_for)
        touch([request.device_id])


def _withdraw(request: Request, answer: Verdict, now: datetime) -> None:
    # Who reads the history need not see the collection.
    facts = {name: _plain(value) for name, value in answer.details.items() if name != "collection"}
    if answer.reason is Reason.NO_PERMISSION:
        facts["person"] = request.requester
    reason = "rights_lost" if answer.reason is Reason.NO_PERMISSION else str(answer.reason)
    if move([request.pk], "withdraw", finished_at=now, reason=reason, facts=facts):
        request.state = State.WITHDRAWN
        write_history([request], State.WITHDRAWN, now, reason, facts)
        write_audit(Verb.WITHDRAWN, [request], now, reason=reason)
        touch([request.device_id])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def locked(requests: Any) -> Any:
    """Rows that no other worker is looking at now; SQLite has one writer at a time anyway."""
    if connection.features.has_select_for_update_skip_locked:
        return requests.select_for_update(skip_locked=True, of=("self",))
    return requests
