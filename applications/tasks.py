"""What workers do with requests. Every task may run twice, late, at the same moment as another, or never."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from applications import delivery
from applications.authoring.announce import connected


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=3)
def deliver(device_ids: list[int], again: bool = False) -> None:
    """At once after a click, and for devices that connected (R21)."""
    delivery.deliver(device_ids, timezone.now(), again=again)


@shared_task
def sweep() -> None:
    """Now and then: the row is the truth, this repairs every lost wake-up (R21)."""
    delivery.sweep(timezone.now())


@shared_task
def push_policy(device_ids: list[int]) -> None:
    """What is deployed to these devices changed."""
    delivery.push_policy(device_ids)


@shared_task
def push_policy_of(collections: list[int], applications: list[int]) -> None:
    """What is deployed to these collections, or how these applications are installed, changed."""
    delivery.push_policy(connected(collections, applications))
