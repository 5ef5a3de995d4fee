"""Signing in by the identity provider, confirming one's identity there, and linking one's account to it."""

from __future__ import annotations

import time
from typing import Any

import structlog
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from pages.sign_in.middleware import login_not_required
from pages.sign_in.proofs.telling import record_failed, record_refused
from pages.sign_in.provider import accounts, client
from pages.sign_in.provider.accounts import Refused
from pages.sign_in.provider.client import Told
from pages.sign_in.sessions.confirmation import confirm
from pages.sign_in.sessions.entering import enter, first_step_done, safe

log = structlog.get_logger()

ASKED = "provider"  # in the session: what the answer of the provider is for
CLOCK = 60  # seconds by which the provider's may differ
SIGN_IN, CONFIRM, LINK = "sign_in", "confirm", "link"
SENTENCES = {
    "provider_failed": gettext_lazy("The identity provider gave no good answer. Try it once more."),
    "provider_stranger": gettext_lazy(
        "You are in no group that has a role here. Ask an administrator of this console."
    ),
    "provider_name_taken": gettext_lazy(
        "An account of this name is there already. If it is yours, sign in with its password and link it under Account "
        "security."
    ),
    "provider_linked": gettext_lazy("That identity is linked to another account."),
    "provider_not_recent": gettext_lazy("The identity provider did not ask who you are."),
    "account_closed": gettext_lazy("This account is switched off."),
}


@login_not_required
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """To the identity provider, and from there back to the page that was asked for."""
    if request.user.is_authenticated:
        return redirect("home")
    return lead_away(request, SIGN_IN, request.POST.get("next", ""))


@require_POST
def confirm_identity(request: HttpRequest) -> HttpResponse:
    """The provider has to ask anew who it is, and to say when it did."""
    to = request.POST.get("next", "")
    return lead_away(request, CONFIRM, to, prompt="login", max_age=0)


def link(request: HttpRequest) -> HttpResponse:
    """Links one's account to the identity provider, or ends that."""
    user: Any = request.user
    if not client.is_set_up():
        raise Http404
    identity = accounts.identity_of(user)
    if identity and not user.has_usable_password():  # it is the only way in
        return redirect("security")
    if request.method == "POST":
        if identity is None:
            return lead_away(request, LINK, reverse("security"))
        accounts.unlink(user)
        messages.success(request, _("Your account is no longer linked."))
        return redirect("security")
    context = {"identity": identity, "title": _("Identity provider"), "icon_name": "swap"}
    return render(request, "account/link.html", context)


def lead_away(request: HttpRequest, what_for: str, to: str, **more: Any) -> HttpResponse:
    """By a page, not by a redirect: a form of this console may lead nowhere else (form-action of the CSP)."""
    if not client.is_set_up():
        raise Http404
    try:
        address = client.question(request, request.build_absolute_uri(reverse("provider_answer")), **more)
    except client.FAULTS as error:
        return failed(request, what_for, "provider_failed", error)
    request.session[ASKED] = {"what_for": what_for, "to": safe(request, to), "at": time.time()}
    response = render(request, "sign_in/away.html", {"address": address})
    response.headers["Refresh"] = f"0;url={address}"
    return response


@login_not_required
@require_GET
def answer(request: HttpRequest) -> HttpResponse:
    """The one GET that signs in: so the provider leads back. What was asked is known by the session, and asked once."""
    asked = request.session.pop(ASKED, None)
    if not asked or not client.is_set_up() or (asked["what_for"] == SIGN_IN) == request.user.is_authenticated:
        return redirect("signin")
    try:
        told = client.told(request)
    except client.FAULTS as error:
        return failed(request, asked["what_for"], "provider_failed", error)
    try:
        return FINISH[asked["what_for"]](request, told, asked)
    except Refused as refused:
        return failed(request, asked["what_for"], str(refused), name=told.name)


def let_in(request: HttpRequest, told: Told, asked: dict[str, Any]) -> HttpResponse:
    """Who proved a second factor to the provider needs none here."""
    user = accounts.account_of(told)
    if told.second_factor:
        return enter(request, user, "provider", asked["to"], "provider")
    return first_step_done(request, user, "provider", asked["to"])


def confirmed(request: HttpRequest, told: Told, asked: dict[str, Any]) -> HttpResponse:
    if not accounts.is_identity_of(request.user, told):
        raise Refused("provider_failed")
    if told.proved_at < asked["at"] - CLOCK:
        raise Refused("provider_not_recent")
    confirm(request)
    return redirect(asked["to"])


def linked(request: HttpRequest, told: Told, asked: dict[str, Any]) -> HttpResponse:
    accounts.link(request.user, told)
    messages.success(request, _("Your account is linked to the identity provider."))
    return redirect(asked["to"])


FINISH = {SIGN_IN: let_in, CONFIRM: confirmed, LINK: linked}


def failed(
    request: HttpRequest, what_for: str, reason: str, error: Exception | None = None, *, name: str = ""
) -> HttpResponse:
    if error:
        log.warning("The identity provider gave no good answer", error=f"{type(error).__name__}: {error}"[:300])
    if what_for == SIGN_IN:
        record_failed(request, name, reason)
        return render(request, "sign_in/refused.html", {"problem": SENTENCES[reason]}, status=403)
    record_refused(request, reason)
    messages.error(request, SENTENCES[reason])
    return redirect("security")
