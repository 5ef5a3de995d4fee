"""Another password for whoever is signed in; one that an administrator gave has to be changed before anything else."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEntry
from devices.access import seals
from pages.account.security import end_others
from pages.models import GivenPassword
from pages.sign_in.proofs import attempts
from pages.sign_in.proofs.proving import proving
from pages.sign_in.proofs.telling import record_of_user, record_refused


class PasswordForm(PasswordChangeForm):
    """Whoever found a session open may guess no more often than at the sign-in page."""

    def __init__(self, user: Any, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        with proving(self.user.get_username(), self.request) as attempt:
            old = str(super().clean_old_password())
        attempts.succeeded(attempt)
        return old

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        new = data.get("new_password1")
        if new and new == data.get("old_password"):
            self.add_error("new_password1", ValidationError(_("This is the password that you have now.")))
        return data


class Password(SuccessMessageMixin, PasswordChangeView):
    form_class = PasswordForm
    template_name = "account/password.html"
    success_url = reverse_lazy("home")
    success_message = _("Your password is changed.")

    def form_valid(self, form: Any) -> HttpResponse:
        with seals.kept(self.request.user) as facts:
            response = super().form_valid(form)
            facts["password"] = form.user.password
        GivenPassword.objects.filter(user=self.request.user.pk).delete()
        end_others(self.request)
        record_of_user(self.request, AuditEntry.Verb.CHANGED, AuditEntry.Kind.PASSWORD)
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_invalid(form)
        if form.has_error("old_password", "too_many") or form.has_error("old_password", "busy"):
            response.status_code = 429
        if form.has_error("old_password", "password_incorrect"):
            record_refused(self.request, "wrong_password", AuditEntry.Kind.PASSWORD)
        elif form.has_error("old_password", "too_many"):
            record_refused(self.request, "too_many_attempts", AuditEntry.Kind.PASSWORD)
        return response
