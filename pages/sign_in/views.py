"""Signing in, the first step, and out, both in the audit log (R20); the colours."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from audit.models import AuditEntry
from pages.sign_in.middleware import login_not_required
from pages.sign_in.proofs import attempts, passkeys
from pages.sign_in.proofs.factors import has_second_factor
from pages.sign_in.proofs.proving import MESSAGES, proving
from pages.sign_in.proofs.telling import record_failed, record_of_user
from pages.sign_in.sessions.entering import first_step_done, safe

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind
THEMES = {"light", "dark"}
YEAR = 365 * 24 * 3600


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


class SignOut(LogoutView):
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            record_of_user(request, Verb.SIGNED_OUT)
        return super().post(request, *args, **kwargs)


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
