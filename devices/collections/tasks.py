"""What workers do about the members of collections. Each may run twice, late or never."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from devices.collections import refresh
from devices.enqueue import enqueue


@shared_task
def refresh_collections(collections: list[int] | None = None) -> None:
    """The members of these collections and of what depends on them; every minute, without ids: of all."""
    if collections is None:
        refresh.refresh_all(timezone.now())
    else:
        refresh.refresh(collections, timezone.now())


def membership_changed(collections: Iterable[int]) -> None:
    """After this transaction: a worker corrects the members of these collections; the clock does it within a minute."""
    transaction.on_commit(partial(enqueue, refresh_collections, list(collections)), robust=True)
