"""Sets up and removes the second factors of one's own account: an authenticator app, passkeys, recovery codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from segno import make_qr

from audit.changes import State
from audit.log import record_change, who_asks
from audit.models import AuditEntry
from pages.account.security import end_others
from pages.models import SecondFactor
from pages.sign_in.proofs import codes, passkeys
from pages.sign_in.proofs.factors import Kind, add, factors_of, remove_all, state_of
from pages.sign_in.proofs.telling import record_of_user, subject_of
from pages.sign_in.second_step import WRONG_CODE

TO_SET_UP = 15 * 60  # seconds for which a QR code is good


class AppForm(forms.Form):
    """The secret travels with the form, signed for this user: nothing is kept until a code proves the app has it."""

    secret = forms.CharField(widget=forms.HiddenInput)
    code = forms.CharField(
        label=gettext_lazy("Code that the app shows"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user, self.app_secret = user, b""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.app_secret = opened(self.user, data.get("secret", ""))
        if not self.app_secret:
            raise ValidationError(_("That QR code is too old. Scan the new one."))
        self.step = codes.step_of(self.app_secret, data.get("code", ""), timezone.now())
        if self.step is None and "code" in data:
            self.add_error("code", WRONG_CODE)
        return data


def offered(user: Any, secret: bytes) -> str:
    return signing.dumps([user.pk, secret.hex()], salt="authenticator app")


def opened(user: Any, offer: str) -> bytes:
    """Empty when it is too old, or was not offered to this user."""
    try:
        owner, secret = signing.loads(offer, salt="authenticator app", max_age=TO_SET_UP)
    except signing.BadSignature:
        return b""
    return bytes.fromhex(secret) if owner == user.pk else b""


@never_cache
def authenticator(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: scan, type a code, done."""
    user: Any = request.user
    if factors_of(user, Kind.TOTP).exists():
        return redirect("security")
    form = AppForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        return added(request, lambda: add(user, Kind.TOTP, form.app_secret, counter=form.step)) or redirect("security")
    secret = form.app_secret or codes.new_secret()
    if not form.app_secret:  # a form that came back keeps the QR code that the app has by now
        if form.is_bound:
            messages.error(request, str(form.non_field_errors()[0]))
        form = AppForm(initial={"secret": offered(user, secret)}, user=user)
    address = codes.address(secret, user.get_username(), request.get_host())
    context = {
        "title": _("Authenticator app"),
        "icon_name": "clock",
        "form": form,
        "qr": SafeString(
            make_qr(address).svg_inline(border=4, dark="#000", light="#fff", svgclass="qr", omitsize=True)
        ),
        "typed": codes.in_groups(secret),
    }
    return render(request, "account/authenticator.html", context)


class PasskeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("By which you tell it from others: the name of the key or of the device that has it."),
    )
    credential = forms.CharField(widget=forms.HiddenInput, required=False)


@never_cache
def add_passkey(request: HttpRequest) -> HttpResponse:
    if not passkeys.possible(request):
        return redirect("security")
    form = PasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        answer = added(request, lambda: passkeys.made(request, data["credential"], data["name"]))
        if answer:
            return answer
        form.add_error(None, _("The browser made no passkey. Try it once more."))
    return render(request, "account/passkey.html", {"title": _("New passkey"), "icon_name": "key", "form": form})


@require_POST
def passkey_options(request: HttpRequest) -> JsonResponse:
    """What the browser is asked to make."""
    return JsonResponse(passkeys.ask_to_make(request))


def added(request: HttpRequest, make: Callable[[], SecondFactor | None]) -> HttpResponse | None:
    """One more second factor; with the first one come recovery codes, shown this once. Sessions that began without it
    end. None: nothing was made, or another page was quicker."""
    before = state_of(request.user)
    first = not before["second_factors"]
    try:
        with transaction.atomic():
            if make() is None:
                return None
            record_factors(request, before)
            end_others(request)
            shown = codes.new_recovery_codes(request.user) if first else []
    except IntegrityError:
        return None
    messages.success(request, _("The second factor is set up."))
    return codes_page(request, shown) if first else redirect("security")


def remove(request: HttpRequest, pk: int) -> HttpResponse:
    factor = get_object_or_404(factors_of(request.user), pk=pk)
    if request.method == "POST":
        with transaction.atomic():
            before = state_of(request.user)
            factor.delete()
            if not factors_of(request.user).exists():
                remove_all(request.user)
            record_factors(request, before)
        messages.success(request, _("%(factor)s is removed.") % {"factor": factor})
        return redirect("security")
    last = not factors_of(request.user).exclude(pk=pk).exists()
    context = {"title": str(factor), "icon_name": "trash", "factor": factor, "last": last}
    return render(request, "account/remove.html", context)


@never_cache
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New ones, shown this once, so the page after the POST is no redirect."""
    if not factors_of(request.user).exists():
        return redirect("security")
    if request.method != "POST":
        return codes_page(request)
    with transaction.atomic():
        made = codes.new_recovery_codes(request.user)
        record_of_user(request, AuditEntry.Verb.CHANGED, reason="recovery_codes_made")
    return codes_page(request, made)


def codes_page(request: HttpRequest, made: list[str] | None = None) -> HttpResponse:
    context = {"title": _("Recovery codes"), "icon_name": "key", "codes": "\n".join(made or [])}
    return render(request, "account/recovery_codes.html", context)


def record_factors(request: HttpRequest, before: State) -> None:
    record_change(subject_of(request.user), before, state_of(request.user), **who_asks(request))
