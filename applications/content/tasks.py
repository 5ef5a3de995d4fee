"""What workers do with files, now and then."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from applications.content import upkeep


@shared_task
def tidy_content() -> None:
    upkeep.tidy(timezone.now())
