"""Signing in and out, both in the audit log (R20); another password; the colours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from audit.log import Subject, address_of, record, who_asks
from audit.models import AuditEntry
from pages.sign_in.middleware import login_not_required
from pages.sign_in.proofs import attempts
from pages.sign_in.proofs.hashing import Busy, place

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind
THEMES = {"light", "dark"}
YEAR = 365 * 24 * 3600
MAX_NAME = 60  # characters that are kept of a user name that does not exist


MESSAGES = {
    "too_many": gettext_lazy("Too many attempts failed. Wait ten minutes, then try again."),
    "busy": gettext_lazy("Many people are signing in at this moment. Try again in a moment."),
}


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": gettext_lazy("User name or password is not right."),
        "inactive": gettext_lazy("This account is switched off."),
        **MESSAGES,
    }

    def clean(self) -> dict[str, Any]:
        """Who guesses is not even told whether this one was right."""
        with proving(self.cleaned_data.get("username", ""), self.request):
            return super().clean()


@contextmanager
def proving(name: str, request: HttpRequest | None) -> Iterator[None]:
    """Around the check of a password: counted before, and no longer when it was right."""
    attempt = attempts.begin(name, address_of(request), timezone.now())
    if attempt is None:
        raise ValidationError(MESSAGES["too_many"], code="too_many")
    try:
        with place():
            yield
    except Busy:
        attempt.delete()
        raise ValidationError(MESSAGES["busy"], code="busy") from None
    attempts.succeeded(attempt)


class SignIn(LoginView):
    template_name = "sign_in/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        record_of_user(self.request, Verb.SIGNED_IN)
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Of what was typed only the name is kept; it may belong to nobody, so it is no user of the entry."""
        response = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, "busy"):
            response.status_code = 429
            return response
        typed, address = self.request.POST.get("username", ""), address_of(self.request)
        facts = {}
        if form.has_error(NON_FIELD_ERRORS, "too_many"):
            response.status_code = 429
            if not attempts.worth_telling(typed, address, timezone.now()):
                return response
            facts = {"reason": "too_many_attempts"}
        name = shortened(typed)
        record(Verb.SIGN_IN_FAILED, Subject(Kind.USER, name), actor=name, address=address, facts=facts)
        return response


def shortened(typed: str) -> str:
    """What the log keeps of a user name that somebody typed."""
    return "".join(letter for letter in typed.strip() if letter.isprintable())[:MAX_NAME] or "?"


class SignOut(LogoutView):
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            record_of_user(request, Verb.SIGNED_OUT)
        return super().post(request, *args, **kwargs)


class PasswordForm(PasswordChangeForm):
    """Whoever found a session open may guess no more often than at the sign-in page."""

    def __init__(self, user: Any, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        with proving(self.user.get_username(), self.request):
            return str(super().clean_old_password())


class Password(SuccessMessageMixin, PasswordChangeView):
    form_class = PasswordForm
    template_name = "sign_in/password.html"
    success_url = reverse_lazy("home")
    success_message = gettext_lazy("Your password is changed.")

    def form_valid(self, form: object) -> HttpResponse:
        response = super().form_valid(form)
        record_of_user(self.request, Verb.CHANGED, Kind.PASSWORD)
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_invalid(form)
        reason = ""
        if form.has_error("old_password", "too_many") or form.has_error("old_password", "busy"):
            response.status_code = 429
        if form.has_error("old_password", "password_incorrect"):
            reason = "wrong_password"
        elif form.has_error("old_password", "too_many"):
            name, address = self.request.user.get_username(), address_of(self.request)
            reason = "too_many_attempts" if attempts.worth_telling(name, address, timezone.now()) else ""
        if reason:
            record_of_user(self.request, Verb.REFUSED, Kind.PASSWORD, reason=reason)
        return response


def record_of_user(
    request: HttpRequest, verb: AuditEntry.Verb, kind: AuditEntry.Kind = Kind.USER, **facts: str
) -> None:
    """What the user did to their own account."""
    subject = Subject(kind, request.user.get_username(), str(request.user.pk))
    record(verb, subject, facts=facts, **who_asks(request))


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen colours in the cookie `theme`; anything but light and dark means: as the system says."""
    to = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    answer = HttpResponseRedirect(to if safe else reverse("home"))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        answer.delete_cookie("theme", samesite="Lax")
    return answer
