"""What the audit log is told of who proved who they are, and of who could not (R20)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from audit.log import Subject, address_of, record, who_asks
from audit.models import AuditEntry
from pages.sign_in.proofs import attempts

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind
MAX_NAME = 60  # characters that are kept of a user name that does not exist
COUNTED = {"", "wrong_password", "wrong_code", "wrong_passkey"}  # reasons that only a counted attempt can have


def record_failed(request: HttpRequest, typed: str, reason: str = "", user: Any = None) -> None:
    """Somebody did not get in; of what is not behind a count, a few times a minute are told only. `typed`: the name,
    which may belong to nobody. `user`: who did the first step."""
    if not worth_telling(request, typed, reason):
        return
    name = user.get_username() if user else shortened(typed)
    facts = {"reason": reason} if reason else {}
    subject, address = Subject(Kind.USER, name), address_of(request)
    record(Verb.SIGN_IN_FAILED, subject, user=user, actor=name, address=address, facts=facts)


def record_refused(request: HttpRequest, reason: str, kind: AuditEntry.Kind = Kind.USER) -> None:
    """Whoever is signed in could not prove who they are."""
    if worth_telling(request, request.user.get_username(), reason):
        record_of_user(request, Verb.REFUSED, kind, reason=reason)


def record_of_user(
    request: HttpRequest, verb: AuditEntry.Verb, kind: AuditEntry.Kind = Kind.USER, **facts: str
) -> None:
    """What the user did to their own account."""
    record(verb, subject_of(request.user, kind), facts=facts, **who_asks(request))


def subject_of(user: Any, kind: AuditEntry.Kind = Kind.USER) -> Subject:
    return Subject(kind, user.get_username(), str(user.pk))


def worth_telling(request: HttpRequest, name: str, reason: str) -> bool:
    return reason in COUNTED or attempts.worth_telling(name, address_of(request), timezone.now())


def shortened(typed: str) -> str:
    """What the log keeps of a user name that somebody typed."""
    return "".join(letter for letter in typed.strip() if letter.isprintable())[:MAX_NAME] or "?"
