"""The end of every way in: a session for who proved who they are, or the second step for who has a second factor."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from audit.log import address_of, record
from audit.models import AuditEntry
from pages.sign_in.proofs.factors import has_second_factor
from pages.sign_in.proofs.telling import subject_of
from pages.sign_in.sessions.store import CONFIRMED

PENDING = "pending"
LIFETIME = 10 * 60  # seconds between the first step and the second
FACTOR_ELSEWHERE = "factor_elsewhere"  # in the session: the identity provider saw a second factor


@dataclass(frozen=True)
class Pending:
    """Who did the first step, and where to afterwards; `seal` changes with the password."""

    user: int
    by: str  # password or provider
    to: str
    seal: str
    at: float


def first_step_done(request: HttpRequest, user: Any, by: str, to: str) -> HttpResponse:
    if not has_second_factor(user):
        return enter(request, user, by, to)
    request.session.cycle_key()
    request.session[PENDING] = asdict(Pending(user.pk, by, to, user.get_session_auth_hash(), time.time()))
    return HttpResponseRedirect(reverse("second_step"))


def pending(request: HttpRequest) -> tuple[Any, Pending] | tuple[None, None]:
    """Whose second step this is; nobody's when it took too long, or they are no longer who they were."""
    kept = request.session.get(PENDING)
    if kept:
        step = Pending(**kept)
        user = User.objects.filter(pk=step.user, is_active=True).first()
        if user and time.time() - step.at < LIFETIME and step.seal == user.get_session_auth_hash():
            return user, step
    return None, None


def enter(request: HttpRequest, user: Any, by: str, to: str, factor: str = "") -> HttpResponse:
    request.session.pop(PENDING, None)
    login(request, user, settings.AUTHENTICATION_BACKENDS[0])
    request.session[CONFIRMED] = time.time()
    request.session[FACTOR_ELSEWHERE] = factor == "provider"
    facts = {"by": by if by != "password" or factor else "", "second_factor": factor}
    record(
        AuditEntry.Verb.SIGNED_IN,
        subject_of(user),
        user=user,
        address=address_of(request),
        facts={name: fact for name, fact in facts.items() if fact},
    )
    return HttpResponseRedirect(safe(request, to))


def safe(request: HttpRequest, to: str) -> str:
    """An address of this console, else the start page."""
    good = url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return to if good else resolve_url(settings.LOGIN_REDIRECT_URL)
