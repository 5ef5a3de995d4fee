"""How requests and policy reach clients: the only file that knows.

Pub/sub is at-most-once, so a push is a hope: “sent” becomes true when the client acknowledges. What a push did not
bring is brought when the client, or its stream process, connects anew, and else by the sweep (R21).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog
from redis.exceptions import RedisError

from applications import actions
from applications.models import Request
from applications.payload import payloads
from applications.rules.lifecycle import State
from devices.models import Device
from devices.presence import BATCH, batches
from devices.push import push

log = structlog.get_logger(__name__)


def deliver(device_ids: Iterable[int], now: datetime, *, again: bool = False) -> int:
    """Sends what is queued for those of the devices that are connected; how many requests that were.

    `again`: also what was sent before and is not acknowledged, for clients that may have missed it. May run twice, at
    the same moment, late or never.
    """
    return sum(_deliver(batch, now, again) for batch in batches(set(device_ids)))


def sweep(now: datetime) -> int:
    """Repairs what got lost: the unanswered is queued anew, the old expires, the queued is delivered after all."""
    actions.requeue_unanswered(now)
    actions.expire(now)
    waiting = Request.objects.filter(state=State.QUEUED, device__stream__isnull=False).order_by("device")
    number = last = 0
    while batch := list(waiting.filter(device__gt=last).values_list("device", flat=True).distinct()[:BATCH]):
        number += _deliver(batch, now, again=False)
        last = batch[-1]
    return number


def push_policy(device_ids: Iterable[int]) -> None:
    """The clients of these devices fetch their policy anew, as far as they are connected."""
    for batch in batches(set(device_ids)):
        _push("policy", {device: {} for device in batch})


def _deliver(device_ids: list[int], now: datetime, again: bool) -> int:
    connected = list(
        Device.objects.filter(pk__in=device_ids, stream__isnull=False).order_by().values_list("pk", flat=True)
    )
    if not connected:
        return 0
    requests = actions.claim(connected, now)
    if again:
        claimed = {request.pk for request in requests}
        unanswered = Request.objects.filter(device__in=connected, state=State.SENT).select_related("target", "person")
        requests += [request for request in unanswered.order_by("created_at") if request.pk not in claimed]
    data: dict[int, dict[str, list[Any]]] = {}
    for request, payload in zip(requests, payloads(requests) if requests else [], strict=True):
        data.setdefault(request.device_id, {"requests": []})["requests"].append(payload)
    _push("requests", data)
    return len(requests)


def _push(event: str, data: dict[int, Any]) -> None:
    try:
        missed = push(event, data)
    except RedisError as error:
        log.warning("Redis took no push; the clients get it later", push=event, devices=len(data), error=str(error))
    else:
        if missed and event == "requests":
            log.info("Nobody listens for some devices; they get their requests later", devices=len(missed))
