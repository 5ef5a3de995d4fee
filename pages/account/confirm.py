"""Asks who is signed in to prove once more who they are, and leads back to what they were about to do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEntry
from pages.models import SecondFactor
from pages.sign_in.proofs import attempts, passkeys
from pages.sign_in.proofs.factors import factors_of
from pages.sign_in.proofs.proving import counted, proving
from pages.sign_in.proofs.telling import record_refused
from pages.sign_in.provider.accounts import identity_of
from pages.sign_in.second_step import WRONG_PASSKEY, CodeForm
from pages.sign_in.sessions.confirmation import confirm
from pages.sign_in.sessions.entering import safe

Kind = AuditEntry.Kind


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, *args: Any, user: Any, request: HttpRequest, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user, self.request = user, request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        before = self.user.password
        with proving(self.user.get_username(), self.request) as attempt:
            right = self.user.check_password(password)
        if not right:
            raise ValidationError(_("The password is not right."), code="wrong_password")
        if self.user.password != before:  # hashed anew, which must not end this session
            update_session_auth_hash(self.request, self.user)
        attempts.succeeded(attempt)
        return password

    @property
    def reason(self) -> str:
        """Why it was refused, for the log."""
        if self.has_error("password", "too_many"):
            return "too_many_attempts"
        return "wrong_password" if self.has_error("password", "wrong_password") else ""


def confirm_identity(request: HttpRequest) -> HttpResponse:
    """With what signs them in: the second factor of who has one, else the password."""
    user: Any = request.user
    to = safe(request, request.GET.get("next", ""))
    make = CodeForm if user.has_second_factor else PasswordForm
    by_passkey = "credential" in request.POST
    form = make(None if by_passkey else request.POST or None, user=user, request=request)
    problem = passkey_problem(request) if by_passkey else ""
    if request.method == "POST" and not problem and (by_passkey or form.is_valid()):
        confirm(request)
        return HttpResponseRedirect(to)
    if form.reason:
        record_refused(request, form.reason, Kind.USER if user.has_second_factor else Kind.PASSWORD)
    own = factors_of(user, SecondFactor.Kind.PASSKEY).exists() and passkeys.possible(request)
    context = {
        "form": form,
        "passkeys": own,
        "problem": problem,
        "typed": user.has_second_factor or user.has_usable_password(),
        "to": to,
        "provider": settings.KOPPEL_OIDC_NAME if identity_of(user) else "",
    }
    return render(request, "account/confirm.html", context, status=429 if form.reason == "too_many_attempts" else 200)


def passkey_problem(request: HttpRequest) -> Any:
    """Why the passkey that answered proves nothing; empty when it does."""
    user: Any = request.user
    try:
        with counted(user.get_username(), request) as attempt:
            factor = passkeys.used(request, request.POST["credential"], alone=True)
            if factor is None or factor.user != user:
                raise ValidationError(WRONG_PASSKEY, code="wrong_passkey")
    except ValidationError as problem:
        record_refused(request, "too_many_attempts" if problem.code == "too_many" else "wrong_passkey")
        return problem.message
    attempts.succeeded(attempt)
    return ""
