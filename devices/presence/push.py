"""Wakes the stream processes that hold the connections of devices, over Redis; a hope, never the truth.

A message on the channel of a process is `{"event": name, "devices": [id, …]}` and carries nothing else, so that whoever
can write to Redis gains nothing: what a client gets is read from the database by the process itself. Events: `requests`
(look what was claimed for them), `policy` (they fetch theirs anew), `release` (look whether they are still yours).
"""

import json
from collections.abc import Iterable
from functools import cache
from uuid import UUID

import structlog
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from devices.models import Device
from devices.presence.connections import batches

REQUESTS, POLICY, RELEASE = EVENTS = ("requests", "policy", "release")

log = structlog.get_logger(__name__)


def channel(process: UUID) -> str:
    return f"koppel:stream:{process}"


def message(event: str, devices: Iterable[int]) -> str:
    return json.dumps({"event": event, "devices": list(devices)}, separators=(",", ":"))


def push(event: str, device_ids: Iterable[int]) -> set[int]:
    """Names the event to whoever holds these devices. The answer: those for whom surely nothing happens, because they
    are not connected or nobody listens for them. Raises redis.RedisError when Redis does not answer."""
    wanted = set(device_ids)
    held: dict[UUID, list[int]] = {}
    for batch in batches(wanted):
        connected = Device.objects.filter(pk__in=batch, stream__isnull=False).order_by()
        for device, process in connected.values_list("pk", "stream"):
            if process:
                held.setdefault(process, []).append(device)
    return wanted.difference(*held.values()) | wake(event, held)


def wake(event: str, held: dict[UUID, list[int]]) -> set[int]:
    """Names the event to these processes, about these devices of each. The answer: those nobody listens for."""
    messages = [(process, batch) for process, devices in held.items() for batch in batches(devices)]
    if not messages:
        return set()
    with broker().pipeline(transaction=False) as pipeline:
        for process, devices in messages:
            pipeline.publish(channel(process), message(event, devices))
        heard = pipeline.execute()
    return {
        device for (_, devices), listeners in zip(messages, heard, strict=True) if not listeners for device in devices
    }


def push_softly(event: str, device_ids: Iterable[int]) -> set[int]:
    """The same, but a Redis that does not answer is only logged: whoever gets nothing now gets it later."""
    wanted = set(device_ids)
    try:
        return push(event, wanted)
    except RedisError as error:
        log.warning("Redis took no push; the clients get it later", push=event, devices=len(wanted), error=str(error))
        return set()


def push_policy(device_ids: Iterable[int]) -> None:
    """The clients of these devices fetch their policy anew, as far as they are connected."""
    push_softly(POLICY, device_ids)


@cache
def broker() -> Redis:
    """One client for the process; it gives up after 2 seconds, because whoever waits for it has better to do."""
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2, retry=Retry(NoBackoff(), 1))
