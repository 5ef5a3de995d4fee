"""The second step of signing in, by a code or a passkey, and the passkey that needs no first step."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from audit.log import address_of
from pages.models import SecondFactor
from pages.sign_in.middleware import login_not_required
from pages.sign_in.proofs import attempts, codes, passkeys
from pages.sign_in.proofs.factors import factors_of
from pages.sign_in.proofs.proving import MESSAGES, counted
from pages.sign_in.proofs.telling import record_failed
from pages.sign_in.sessions.entering import enter, pending
from pages.sign_in.views import SignInForm, provider

WRONG_CODE = _("That code is not right, or was used before.")
WRONG_PASSKEY = _("That passkey does not belong to an account here.")


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Of your authenticator app, or a recovery code."),
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
        record_failed(request, user.get_username(), form.reason, user)
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
    name, to = user.get_username() if user else "", request.POST.get("next", "")
    try:
        with counted(name, request) as attempt:
            factor = passkeys.used(request, request.POST.get("credential", ""), alone=step is None)
            if factor is None or not factor.user.is_active or (user and factor.user != user):
                raise ValidationError(WRONG_PASSKEY, code="wrong_passkey")
    except ValidationError as problem:
        too_many = problem.code == "too_many"
        record_failed(request, name, "too_many_attempts" if too_many else "wrong_passkey", user)
        template = "sign_in/second_step.html" if user else "sign_in/sign_in.html"
        form = CodeForm(user=user, request=request) if user else SignInForm(request)
        context = {"form": form, "passkeys": True, "problem": problem.message, "next": to, **provider()}
        return render(request, template, context, status=429 if too_many else 403)
    attempts.succeeded(attempt)
    if step:
        return enter(request, factor.user, step.by, step.to, "passkey")
    return enter(request, factor.user, "passkey", to)
