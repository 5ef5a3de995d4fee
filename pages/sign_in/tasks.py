"""What workers do about signing in: remove what has ended. May run twice, late or never."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from pages.sign_in.proofs import attempts
from pages.sign_in.sessions.store import SessionStore


@shared_task
def forget() -> None:
    """Sessions that expired or were left idle, and attempts that count no longer."""
    SessionStore.clear_expired()
    attempts.forget(timezone.now())
