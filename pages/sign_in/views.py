"""Signing in, in one step or two, and out, all in the audit log (R20); the colours."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from audit.log import Subject, address_of, record, who_asks
from audit.models import AuditEntry
from pages.models import SecondFactor
from pages.sign_in.middleware import login_not_required
from pages.sign_in.proofs import attempts, codes, passkeys
from pages.sign_in.proofs.factors import factors_of, has_second_factor
from pages.sign_in.proofs.proving import MESSAGES, counted, proving
from pages.sign_in.sessions.entering import enter, first_step_done, pending, safe

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind
THEMES = {"light", "dark"}
YEAR = 365 * 24 * 3600
MAX_NAME = 60  # characters that are kept of a user name that does not exist
COUNTED = {"", "wrong_password", "wrong_code", "wrong_passkey"}  # reasons that only a counted attempt can have
WRONG_CODE = gettext_lazy("That code is not right, or was used before.")
WRONG_PASSKEY = gettext_lazy("That passkey does not belong to an account here.")


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": gettext_lazy("User name or password is not right."),
        "inactive": gettext_lazy("This account is switched off."),
        **MESSAGES,
    }

    def clean(self) -> dict[str, Any]:
        """A password that a code has to follow ends no count: whoever knows one could go on guessing codes."""
        with proving(self.cleaned_data.get("username", ""), self.request) as attempt:
            data: dict[str, Any] = super().clean()
        if self.user_cache and not has_second_factor(self.user_cache):
            attempts.succeeded(attempt)
        return data


def provider() -> dict[str, str]:
    """The name of the identity provider for the page, when there is one."""
    return {"provider": settings.KOPPEL_OIDC_NAME if settings.KOPPEL_OIDC_ISSUER else ""}


class SignIn(LoginView):
    template_name = "sign_in/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(passkeys=passkeys.possible(self.request), **kwargs) | provider()

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return first_step_done(self.request, form.get_user(), "password", self.get_success_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Of what was typed only the name is kept; it may belong to nobody, so it is no user of the entry."""
        response = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, "busy"):
            response.status_code = 429
            return response
        typed = self.request.POST.get("username", "")
        reason = ""
        if form.has_error(NON_FIELD_ERRORS, "too_many"):
            response.status_code, reason = 429, "too_many_attempts"
        record_failed(self.request, typed, reason)
        return response


def record_failed(request: HttpRequest, typed: str, reason: str = "") -> None:
    """Somebody did not get in; of what is not behind a count, a few times a minute are told only."""
    address = address_of(request)
    if reason not in COUNTED and not attempts.worth_telling(typed, address, timezone.now()):
        return
    name, facts = shortened(typed), {"reason": reason} if reason else {}
    record(Verb.SIGN_IN_FAILED, Subject(Kind.USER, name), actor=name, address=address, facts=facts)


def shortened(typed: str) -> str:
    """What the log keeps of a user name that somebody typed."""
    return "".join(letter for letter in typed.strip() if letter.isprintable())[:MAX_NAME] or "?"


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("Of your authenticator app, or a recovery code."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    factor = ""  # what it turned out to be

    def __init__(self, *args: Any, user: Any, request: HttpRequest, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user, self.request = user, request

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        name, now = self.user.get_username(), timezone.now()
        with counted(name, self.request) as attempt:
            if attempts.too_many_codes(name, address_of(self.request), now):
                raise ValidationError(MESSAGES["too_many_codes"], code="too_many")
            self.factor = codes.check(self.user, code, now)
        if not self.factor:
            raise ValidationError(WRONG_CODE, code="wrong_code")
        attempts.succeeded(attempt)
        return code

    @property
    def reason(self) -> str:
        """Why it was refused, for the log."""
        if self.has_error("code", "too_many"):
            return "too_many_attempts"
        return "wrong_code" if self.has_error("code", "wrong_code") else ""


@login_not_required
def second_step(request: HttpRequest) -> HttpResponse:
    user, step = pending(request)
    if user is None or step is None:
        return redirect("signin")
    form = CodeForm(request.POST or None, user=user, request=request)
    if request.method == "POST" and form.is_valid():
        return enter(request, user, step.by, step.to, form.factor)
    if form.reason:
        record_failed(request, user.get_username(), form.reason)
    own = factors_of(user, SecondFactor.Kind.PASSKEY).exists() and passkeys.possible(request)
    status = 429 if form.reason == "too_many_attempts" else 200
    return render(request, "sign_in/second_step.html", {"form": form, "passkeys": own}, status=status)


@login_not_required
@require_POST
def passkey_question(request: HttpRequest) -> JsonResponse:
    """What the browser asks a passkey: of whoever is signed in, did the first step, or comes with nothing else."""
    user = request.user if request.user.is_authenticated else pending(request)[0]
    alone = request.user.is_authenticated or user is None
    return JsonResponse(passkeys.ask_to_use(request, user, alone=alone))


@login_not_required
@require_POST
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """As the second step, or instead of a password: it belongs to this console, its owner, and one account."""
    user, step = pending(request)
    name = user.get_username() if user else ""
    try:
        with counted(name, request) as attempt:
            factor = passkeys.used(request, request.POST.get("credential", ""), alone=step is None)
            if factor is None or not factor.user.is_active or (user and factor.user != user):
                raise ValidationError(WRONG_PASSKEY, code="wrong_passkey")
    except ValidationError as problem:
        too_many = problem.code == "too_many"
        record_failed(request, name, "too_many_attempts" if too_many else "wrong_passkey")
        template = "sign_in/second_step.html" if user else "sign_in/sign_in.html"
        form = CodeForm(user=user, request=request) if user else SignInForm(request)
        context = {"form": form, "passkeys": True, "problem": problem.message, **provider()}
        return render(request, template, context, status=429 if too_many else 403)
    attempts.succeeded(attempt)
    if step:
        return enter(request, factor.user, step.by, step.to, "passkey")
    return enter(request, factor.user, "passkey", request.POST.get("next", ""))


class SignOut(LogoutView):
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            record_of_user(request, Verb.SIGNED_OUT)
        return super().post(request, *args, **kwargs)


def record_of_user(
    request: HttpRequest, verb: AuditEntry.Verb, kind: AuditEntry.Kind = Kind.USER, **facts: str
) -> None:
    """What the user did to their own account."""
    subject = Subject(kind, request.user.get_username(), str(request.user.pk))
    record(verb, subject, facts=facts, **who_asks(request))


def record_refused(request: HttpRequest, reason: str, kind: AuditEntry.Kind = Kind.USER) -> None:
    """Whoever is signed in could not prove who they are."""
    name, address = request.user.get_username(), address_of(request)
    if reason in COUNTED or attempts.worth_telling(name, address, timezone.now()):
        record_of_user(request, Verb.REFUSED, kind, reason=reason)


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen colours in the cookie `theme`; anything but light and dark means: as the system says."""
    answer = HttpResponseRedirect(safe(request, request.POST.get("next", "")))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        answer.delete_cookie("theme", samesite="Lax")
    return answer
