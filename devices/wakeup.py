"""Asks a worker to look at devices again; a broker that does not answer is no reason to fail."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from console.handover import hand_over

DELIVER = "applications.tasks.deliver"


def wake(device_ids: Iterable[int]) -> None:
    """After this transaction: deliver what waits for these devices. When the broker is gone the sweep does it (R21)."""
    transaction.on_commit(partial(hand_over, DELIVER, list(device_ids)), robust=True)
