"""Notices when two machines have the identity of one device: a state folder, or a whole machine, that was copied.

Each client tells, with every connection and call, a hash of what its system calls the machine and one of its present
start. Another machine is a copy. The same machine with a start that was left before is one too: a machine that is
started anew never goes back to an earlier start, and one that merely connects again stays with its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from audit.log import Subject, record
from audit.models import AuditEntry
from devices.models import Device

MACHINE, BOOT = "koppel-machine", "koppel-boot"  # headers; as ASGI spells them
HASH = re.compile(r"[0-9a-f]{64}")
MAX_BOOTS = 8  # that are remembered, the newest last
KEPT = 16  # characters of the hash of a start


class Seen(NamedTuple):
    """What a client told; empty where it told nothing."""

    machine: str = ""
    boot: str = ""


def told_in(headers: Mapping[str, str]) -> Seen:
    machine, boot = (headers.get(name, "") for name in (MACHINE, BOOT))
    return Seen(machine if HASH.fullmatch(machine) else "", boot[:KEPT] if HASH.fullmatch(boot) else "")


def is_news(device: Device, seen: Seen) -> bool:
    """Whether there is anything to write down."""
    another = seen.machine not in ("", device.machine_id) and not (device.machine_id and device.copied_at)
    return another or _is_another_start(device, seen)


def is_copy(device: Device, seen: Seen) -> bool:
    return bool(device.machine_id and seen.machine not in ("", device.machine_id)) or seen.boot in device.boots[:-1]


def note(seen: Mapping[int, Seen], now: datetime) -> None:
    """Compare what clients told with what is known of their devices, and write down what is new: in most cases
    nothing. At most a batch of devices (devices/presence/connections.py) at a time."""
    known = Device.objects.filter(pk__in=seen).only("machine_id", "boots", "copied_at").order_by("pk")
    news = [device.pk for device in known if is_news(device, seen[device.pk])]
    if not news:
        return
    with transaction.atomic():
        devices = list(Device.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=news).order_by("pk"))
        for device in devices:
            _note(device, seen[device.pk], now)
        Device.objects.bulk_update(devices, ["machine_id", "boots", "copied_at"])


def _note(device: Device, seen: Seen, now: datetime) -> None:
    if is_copy(device, seen) and not device.copied_at:
        device.copied_at = now
        facts = {"reason": "copied"}
        record(AuditEntry.Verb.CHANGED, Subject.of(AuditEntry.Kind.DEVICE, device), device=device, facts=facts, now=now)
    device.machine_id = device.machine_id or seen.machine
    if _is_another_start(device, seen):
        device.boots = [*(boot for boot in device.boots if boot != seen.boot), seen.boot][-MAX_BOOTS:]


def _is_another_start(device: Device, seen: Seen) -> bool:
    return seen.boot not in ("", *device.boots[-1:])


def forget(device: Device) -> None:
    """From now on the device is whichever machine speaks next."""
    Device.objects.filter(pk=device.pk).update(machine_id="", boots=[], copied_at=None)
