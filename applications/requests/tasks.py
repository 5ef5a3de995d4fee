"""What workers do with requests. Every task may run twice, late, at the same moment as another, or never."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from celery import shared_task
from django.db import OperationalError, transaction
from django.utils import timezone

from applications.requests import delivery
from applications.requests.upkeep import swept
from devices.enqueue import AT_ONCE, enqueue


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=3)
def deliver(device_ids: list[int], again: bool = False) -> None:
    """At once after a click, and for devices that connected (R21)."""
    delivery.deliver(device_ids, timezone.now(), again=again)


@shared_task
def sweep() -> None:
    """Now and then: the row is the truth, this repairs every lost wake-up (R21)."""
    delivery.sweep(timezone.now())
    swept(timezone.now())


def deliver_soon(device_ids: Iterable[int]) -> None:
    """After this transaction: deliver what waits for these devices. When the broker is gone the sweep does it (R21)."""
    transaction.on_commit(partial(enqueue, deliver, list(device_ids), priority=AT_ONCE), robust=True)
