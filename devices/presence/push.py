"""Hands an event to the stream processes that hold the connections of devices, over Redis; a hope, never the truth.

A message on the channel of a process is `{"event": name, "parts": [[data, [device, …]], …]}`, where `data` is what the
client gets as the event's data, already JSON. The event `release` is for the process itself: let go of these devices.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from devices.models import Device
from devices.presence.connections import batches

DEVICES_PER_MESSAGE = 500
# A stream process reads one message in some milliseconds, and serves the others meanwhile.
BYTES_PER_MESSAGE = 256 * 1024
RELEASE = "release"

log = structlog.get_logger(__name__)


def channel(process: UUID) -> str:
    return f"koppel:stream:{process}"


def message(event: str, parts: Iterable[tuple[str, list[int]]]) -> str:
    return json.dumps({"event": event, "parts": list(parts)}, separators=(",", ":"))


def push(event: str, data: Mapping[int, Any]) -> set[int]:
    """Sends each device (id) its data as the named event. The answer: those that surely get nothing, because they are
    not connected or nobody listens for them. Raises redis.RedisError when Redis does not answer."""
    held: dict[UUID, list[int]] = {}
    missed = set(data)
    connected = Device.objects.filter(pk__in=list(data), stream__isnull=False).order_by()
    for device, process in connected.values_list("pk", "stream"):
        if process:
            held.setdefault(process, []).append(device)
            missed.discard(device)
    messages = [
        (process, devices, message(event, parts))
        for process, of_process in held.items()
        for devices, parts in _packed(data, of_process)
    ]
    with broker().pipeline(transaction=False) as pipeline:
        for process, _, text in messages:
            pipeline.publish(channel(process), text)
        heard = pipeline.execute() if messages else []
    for (_, devices, _), listeners in zip(messages, heard, strict=True):
        if not listeners:
            missed.update(devices)
    return missed


def push_softly(event: str, data: Mapping[int, Any]) -> set[int]:
    """The same, but a Redis that does not answer is only logged: whoever gets nothing now gets it later."""
    try:
        return push(event, data)
    except RedisError as error:
        log.warning("Redis took no push; the clients get it later", push=event, devices=len(data), error=str(error))
        return set()


def push_policy(device_ids: Iterable[int]) -> None:
    """The clients of these devices fetch their policy anew, as far as they are connected."""
    for batch in batches(set(device_ids)):
        push_softly("policy", {device: {} for device in batch})


def _packed(data: Mapping[int, Any], devices: list[int]) -> Iterator[tuple[list[int], list[tuple[str, list[int]]]]]:
    """Divides what goes to one process over messages; devices with the same data share it."""
    parts: dict[str, list[int]] = {}
    number = size = 0
    for device in devices:
        text = json.dumps(data[device], separators=(",", ":"))
        more = 0 if text in parts else len(text)
        if number and (number >= DEVICES_PER_MESSAGE or size + more > BYTES_PER_MESSAGE):
            yield [pk for part in parts.values() for pk in part], list(parts.items())
            parts, number, size = {}, 0, 0
        parts.setdefault(text, []).append(device)
        number, size = number + 1, size + more
    if number:
        yield [pk for part in parts.values() for pk in part], list(parts.items())


@cache
def broker() -> Redis:
    """One client for the process; it gives up after 2 seconds, because whoever waits for it has better to do."""
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2, retry=Retry(NoBackoff(), 1))
