"""What workers do about signing in: remove what has ended. May run twice, late or never."""

from __future__ import annotations

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from pages.sign_in import attempts


@shared_task
def forget() -> None:
    """Expired sessions, and attempts that count no longer."""
    SessionStore.clear_expired()
    attempts.forget(timezone.now())
