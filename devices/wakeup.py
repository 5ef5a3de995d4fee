"""Asks a worker to look at devices again; a broker that does not answer is no reason to fail."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from console.handover import AT_ONCE, hand_over
from devices.presence import batches

DELIVER = "applications.tasks.deliver"
PUSH_POLICY = "applications.tasks.push_policy"
REFRESH = "devices.tasks.refresh_collections"


def wake(device_ids: Iterable[int]) -> None:
    """After this transaction: deliver what waits for these devices. When the broker is gone the sweep does it (R21)."""
    transaction.on_commit(partial(hand_over, DELIVER, list(device_ids), priority=AT_ONCE), robust=True)


def policy_changed(device_ids: Iterable[int]) -> None:
    """After this transaction: what is deployed to these devices changed, so their clients fetch their policy anew."""
    for batch in batches(device_ids):
        transaction.on_commit(partial(hand_over, PUSH_POLICY, batch), robust=True)


def membership_changed(collections: Iterable[int]) -> None:
    """After this transaction: a worker corrects the members of these collections; the clock does it within a minute."""
    transaction.on_commit(partial(hand_over, REFRESH, list(collections)), robust=True)
