"""How requests reach clients: the only file that knows.

Pub/sub is at-most-once, so a push is a hope: “sent” becomes true when the client acknowledges. What a push did not
bring is brought when the client, or its stream process, connects anew, and else by the sweep (R21).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog

from applications.models import Request
from applications.policy.payload import payloads
from applications.requests.claiming import claim, expire, requeue_unanswered
from applications.rules.lifecycle import State
from devices.models import Device
from devices.presence.connections import BATCH, batches
from devices.presence.push import push_softly

log = structlog.get_logger(__name__)


def deliver(device_ids: Iterable[int], now: datetime, *, again: bool = False) -> int:
    """Sends what is queued for those of the devices that are connected; how many requests that were.

    `again`: also what was sent before and is not acknowledged, for clients that may have missed it. May run twice, at
    the same moment, late or never.
    """
    return sum(_deliver(batch, now, again) for batch in batches(set(device_ids)))


def sweep(now: datetime) -> int:
    """Repairs what got lost: the unanswered is queued anew, the old expires, the queued is delivered after all."""
    requeue_unanswered(now)
    expire(now)
    waiting = Request.objects.filter(state=State.QUEUED, device__stream__isnull=False).order_by("device")
    number = last = 0
    while batch := list(waiting.filter(device__gt=last).values_list("device", flat=True).distinct()[:BATCH]):
        number += _deliver(batch, now, again=False)
        last = batch[-1]
    return number


def _deliver(device_ids: list[int], now: datetime, again: bool) -> int:
    connected = list(
        Device.objects.filter(pk__in=device_ids, stream__isnull=False).order_by().values_list("pk", flat=True)
    )
    if not connected:
        return 0
    requests = claim(connected, now)
    if again:
        claimed = {request.pk for request in requests}
        unanswered = Request.objects.filter(device__in=connected, state=State.SENT).select_related(
            "target", "person", "device__site"
        )
        requests += [request for request in unanswered.order_by("created_at") if request.pk not in claimed]
    data: dict[int, dict[str, list[Any]]] = {}
    for request, payload in zip(requests, payloads(requests) if requests else [], strict=True):
        data.setdefault(request.device_id, {"requests": []})["requests"].append(payload)
    missed = push_softly("requests", data)
    if missed:
        log.info("Nobody listens for some devices; they get their requests later", devices=len(missed))
    return len(requests)
