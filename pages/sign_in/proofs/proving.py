"""Around every check of what proves who somebody is: the attempt is counted before it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.log import address_of
from pages.models import Attempt
from pages.sign_in.proofs import attempts
from pages.sign_in.proofs.hashing import Busy, place

MESSAGES = {
    "too_many": _("Too many attempts failed. Wait ten minutes, then try again."),
    "too_many_codes": _("Too many codes were wrong today. Use a passkey, or ask an administrator."),
    "busy": _("Many people are signing in at this moment. Try again in a moment."),
}


@contextmanager
def counted(name: str, request: HttpRequest | None) -> Iterator[Attempt]:
    """Raises ValidationError (too_many) when this one has to wait; who guesses is not even told whether it was right.
    The caller says `attempts.succeeded` once everything is proved."""
    attempt = attempts.begin(name, address_of(request), timezone.now())
    if attempt is None:
        raise ValidationError(MESSAGES["too_many"], code="too_many")
    yield attempt


@contextmanager
def proving(name: str, request: HttpRequest | None) -> Iterator[Attempt]:
    """Of a password, which is hashed: raises ValidationError (busy) when too many are."""
    with counted(name, request) as attempt:
        try:
            with place():
                yield attempt
        except Busy:
            attempt.delete()
            raise ValidationError(MESSAGES["busy"], code="busy") from None
