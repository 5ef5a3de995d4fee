"""What a client tells of requests: acknowledged, under way, ended, asked for by itself (R22, R27)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from applications.models import Request
from applications.policy.plan import plan_of
from applications.requests.transitions import Closed, Unknown, Verb, move, touch, write_audit, write_history
from applications.rules.lifecycle import CONFIRMED, State
from applications.rules.timing import expires_at
from applications.rules.words import Action, Target
from devices.models import Device

MAX_BY_ITSELF = 500  # requests an hour that one client makes for what is Required


def acknowledge(device: Device, request_id: UUID, now: datetime) -> str:
    """The client has the request in its journal and asks whether it may run it; the state, or `Closed`/`Unknown`."""
    with transaction.atomic():
        moved = move(
            [request_id], "acknowledge", device, acknowledged_at=now, waits_for="", received_at=None, behind=""
        )
        request = request_of(device, request_id)
        if moved:
            write_history([request], State.ACKNOWLEDGED, now, actor=device.name)
            touch([device.pk])
    if request.state not in CONFIRMED:
        raise Closed(request.state)
    return State.ACKNOWLEDGED


def received(device: Device, request_ids: Sequence[UUID], behind: UUID | None, now: datetime) -> None:
    """The client has these in its journal, where they wait until another is done: they need not be sent again, and can
    still be cancelled."""
    ahead = Request.objects.filter(pk=behind, device=device).select_related("target").first() if behind else None
    name = str(ahead.target)[:300] if ahead else ""
    with transaction.atomic():
        mine = Request.objects.filter(device=device, pk__in=request_ids, state=State.SENT)
        new = list(mine.filter(received_at=None))
        write_history(new, State.SENT, now, "received", {"behind": name} if name else {}, actor=device.name)
        changed = mine.filter(received_at=None).update(received_at=now)
        changed += mine.exclude(behind=name).update(behind=name)
        if changed:
            touch([device.pk])


def progress(
    device: Device,
    request_id: UUID,
    now: datetime,
    *,
    phase: str,
    percent: int | None,
    text: str,
    detail: dict[str, Any] | None = None,
) -> str:
    """The client tells how far it is; the first time the request is running from then on."""
    with transaction.atomic():
        facts = {"phase": phase, "percent": percent, "progress_text": text, "progress_detail": detail}
        if move([request_id], "run", device, **facts):
            write_history([request_of(device, request_id)], State.RUNNING, now, actor=device.name)
        elif not Request.objects.filter(pk=request_id, device=device, state=State.RUNNING).update(**facts):
            raise Closed(request_of(device, request_id).state)
        touch([device.pk])
    return State.RUNNING


def announce(
    device: Device, request_id: UUID, application_id: int, now: datetime, *, address: str | None = None
) -> str:
    """The client installs an application by itself because a Required deployment is due (R27); the same id again
    changes nothing. `Closed` when a request for it is open, or the rules that guard a click do not let it be installed
    by itself now."""
    known = Request.objects.filter(pk=request_id).first()
    if known is None:
        planned = plan_of(device).get(application_id)
        if planned is None or planned.reach is None or not planned.required:
            raise Closed("not_required")
        if planned.reach.target is Target.PERSON and device.sign_ins.count() > 1:
            raise Closed("several_signed_in")
        lately = Request.objects.filter(device=device, requester="", created_at__gt=now - timedelta(hours=1))
        if lately.count() >= MAX_BY_ITSELF:
            raise Closed("too_many")
        request = Request(
            id=request_id,
            device=device,
            application=planned.application,
            target=planned.application,
            person_id=planned.reach.person_id,
            action=Action.INSTALL,
            state=State.ACKNOWLEDGED,
            created_at=now,
            acknowledged_at=now,
            expires_at=expires_at(now, settings.KOPPEL_REQUEST_LIFETIME_DAYS),
        )
        try:
            with transaction.atomic():
                request.save(force_insert=True)
                write_history([request], State.ACKNOWLEDGED, now, "required_due")
                write_audit(Verb.ASKED, [request], now, address=address, reason="required_due")
                touch([device.pk])
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


def request_of(device: Device, request_id: UUID) -> Request:
    try:
        return Request.objects.select_related("device", "target").get(pk=request_id, device=device)
    except Request.DoesNotExist:
        raise Unknown from None
