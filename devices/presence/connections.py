"""Which devices are connected and which are online (R23), written in batches; a stream process has one row of its own.

`Device.stream` names the process that holds the open connection: whoever writes it there last has the device, and only
that process may take it away again. Nothing here is written per device while a connection is merely open.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from devices.models import Device, Stream

BATCH = 500
DEAD_AFTER = timedelta(seconds=20)  # a process refreshes its row every 5 seconds
AWAY_AFTER = timedelta(seconds=60)  # R23
HEARD_EVERY = timedelta(seconds=10)


def alive(process: UUID, host: str, now: datetime) -> bool:
    """Refreshes the row of a stream process. False: it was not there (a start, or somebody held it for dead)."""
    if Stream.objects.filter(pk=process).update(last_seen=now):
        return True
    Stream.objects.get_or_create(pk=process, defaults={"host": host, "started_at": now, "last_seen": now})
    return False


def connected(process: UUID, devices: Iterable[int], now: datetime) -> dict[UUID, list[int]]:
    """The process holds a connection of each of these devices. The answer: what other processes held before."""
    moved: dict[UUID, list[int]] = {}
    for batch in batches(devices):
        with transaction.atomic():
            rows = Device.objects.filter(pk__in=batch).exclude(secret_hash="").order_by("pk")
            before = list(rows.select_for_update(no_key=True).values_list("pk", "stream"))
            rows.order_by().update(
                stream=process,
                last_contact=now,
                online=True,
                online_since=Case(When(online=True, then=F("online_since")), default=Value(now)),
                revision=F("revision") + Case(When(online=True, then=Value(0)), default=Value(1)),
            )
        for device, stream in before:
            if stream and stream != process:
                moved.setdefault(stream, []).append(device)
    return moved


def disconnected(process: UUID, devices: Iterable[int], now: datetime) -> int:
    """The process lost its connections of these devices; those that another process holds by now stay as they are."""
    return sum(
        Device.objects.filter(pk__in=batch, stream=process).update(stream=None, last_contact=now)
        for batch in batches(devices)
    )


def ended(process: UUID, now: datetime) -> int:
    """The process holds nothing any more and is going away; how many devices it let go of."""
    with transaction.atomic():
        number = Device.objects.filter(stream=process).update(stream=None, last_contact=now)
        Stream.objects.filter(pk=process).delete()
    return number


@dataclass
class Difference:
    """`forgotten`: held, but the row names no process. `elsewhere`: held, but the row names another,
    has no secret or is gone."""

    forgotten: list[int] = field(default_factory=list)
    elsewhere: list[int] = field(default_factory=list)


def compare(process: UUID, held: Collection[int], changing: Collection[int], now: datetime) -> Difference:
    """Compares what the process holds with what the rows say, but for the devices that are `changing` anyhow.

    What the rows say too much is corrected; the rest is answered. This repairs every write that was lost.
    """
    written = set(Device.objects.filter(stream=process).order_by().values_list("pk", flat=True))
    disconnected(process, written.difference(held, changing), now)
    difference = Difference()
    for batch in batches(set(held).difference(written, changing)):
        rows = Device.objects.filter(pk__in=batch).exclude(secret_hash="").order_by()
        streams = dict(rows.values_list("pk", "stream"))
        for device in batch:
            lost = device in streams and streams[device] is None
            (difference.forgotten if lost else difference.elsewhere).append(device)
    return difference


def not_held(process: UUID, held: Mapping[int, str]) -> set[int]:
    """Those of the devices (with the digest of the secret that their connection was opened with) that this process has
    no business with any more: the row is gone, has another secret or none, or names another process."""
    wanted = set(held)
    for batch in batches(held):
        rows = (
            Device.objects.filter(Q(stream=process) | Q(stream=None), pk__in=batch).exclude(secret_hash="").order_by()
        )
        wanted.difference_update(pk for pk, digest in rows.values_list("pk", "secret_hash") if digest == held[pk])
    return wanted


def record_contact(device: Device, now: datetime) -> None:
    """A client spoke to the console outside a stream; written at most once in ten seconds per device."""
    if device.online and device.last_contact and now - device.last_contact < HEARD_EVERY:
        return
    Device.objects.filter(pk=device.pk).update(
        last_contact=now,
        online=True,
        online_since=Case(When(online=True, then=F("online_since")), default=Value(now)),
        revision=F("revision") + Case(When(online=True, then=Value(0)), default=Value(1)),
    )


def drop_dead_streams(now: datetime) -> int:
    """Takes their devices from the stream processes that died; how many devices that were."""
    number = 0
    for process in Stream.objects.filter(last_seen__lt=now - DEAD_AFTER):
        with transaction.atomic():
            # Asked again inside: a process that is alive after all refreshed its row meanwhile.
            if Stream.objects.filter(pk=process.pk, last_seen=process.last_seen).delete()[0]:
                number += Device.objects.filter(stream=process.pk).update(
                    stream=None, last_contact=Greatest("last_contact", Value(process.last_seen))
                )
    nameless = Device.objects.filter(stream__isnull=False).exclude(stream__in=Stream.objects.values("pk"))
    return number + nameless.update(stream=None)


def mark_silent_offline(now: datetime) -> int:
    """Devices without a connection, silent for a minute, are offline; how many became so."""
    return Device.objects.filter(online=True, stream__isnull=True, last_contact__lt=now - AWAY_AFTER).update(
        online=False, online_since=None, revision=F("revision") + 1
    )


def batches(devices: Iterable[int]) -> Iterator[list[int]]:
    """In order, so that two writers who take the same rows never wait for each other in a circle."""
    ordered = sorted(devices)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]
