"""What workers do about connections: who is gone, and whose policy changed. Each may run twice, late or never."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from devices.enqueue import enqueue
from devices.presence import connections, push


@shared_task
def presence() -> None:
    """Stream processes that died lose their devices; devices that are silent for a minute are offline."""
    now = timezone.now()
    connections.drop_dead_streams(now)
    connections.mark_silent_offline(now)


@shared_task
def push_policy(device_ids: list[int]) -> None:
    """The clients of these devices fetch their policy anew."""
    push.push_policy(device_ids)


def policy_changed(device_ids: Iterable[int]) -> None:
    """After this transaction: what is deployed to these devices changed, so their clients fetch their policy anew."""
    for batch in connections.batches(device_ids):
        transaction.on_commit(partial(enqueue, push_policy, batch), robust=True)
