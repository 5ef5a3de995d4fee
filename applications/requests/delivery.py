"""How requests reach clients: the only file that knows.

Pub/sub is at-most-once, so a push is a hope: “sent” becomes true when the client acknowledges. What a push did not
bring is brought when the client, or its stream process, connects anew, and else by the sweep (R21).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from applications.models import Request
from applications.requests.claiming import claim, expire, requeue_unanswered
from applications.revisions.orders import as_delivered
from applications.rules.lifecycle import State
from devices.models import Device
from devices.presence.connections import BATCH, batches
from devices.presence.push import REQUESTS, push_softly

log = structlog.get_logger(__name__)


def deliver(device_ids: Iterable[int], now: datetime, *, again: bool = False) -> int:
    """Claims what is queued for those of the devices that are connected, and wakes the stream processes that hold them;
    how many requests that were.

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
    waiting = {request.device_id for request in requests}
    if again:
        unanswered = Request.objects.filter(device__in=connected, state=State.SENT).order_by()
        waiting.update(unanswered.values_list("device", flat=True))
    missed = push_softly(REQUESTS, waiting)
    if missed:
        log.info("Nobody listens for some devices; they get their requests later", devices=len(missed))
    return len(requests)


def claimed(process: UUID, device_ids: Iterable[int]) -> dict[int, str]:
    """What a stream process hands to its clients: by device (id) the data of the event, as JSON.

    Only what a worker claimed and signed and the client has not acknowledged, and only for devices whose connection
    this process holds, as the rows say.
    """
    found = Request.objects.filter(device__in=list(device_ids), device__stream=process, state=State.SENT)
    data: dict[int, list[dict[str, Any]]] = {}
    for device, payload in as_delivered(found.order_by("created_at")):
        data.setdefault(device, []).append(payload)
    return {device: json.dumps({"requests": each}, separators=(",", ":")) for device, each in data.items()}
