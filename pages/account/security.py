"""The security of one's own account: its second factors, its recovery codes, and where one is signed in."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audit.models import AuditEntry
from pages.models import RecoveryCode, Session
from pages.sign_in.proofs import passkeys
from pages.sign_in.proofs.factors import Kind, factors_of
from pages.sign_in.proofs.telling import record_of_user
from pages.sign_in.provider.accounts import identity_of
from pages.sign_in.sessions.store import end_sessions, going_on

NUMBER = re.compile(r"[0-9]{1,18}")


def security(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    session: Any = request.session
    factors = list(factors_of(user))
    context = {
        "factors": factors,
        "has_app": any(factor.kind == Kind.TOTP for factor in factors),
        "passkeys": passkeys.possible(request),
        "recovery_codes": RecoveryCode.objects.filter(user=user).count(),
        "sessions": [{"row": row, "this": session.is_mine(row)} for row in sessions_of(user)],
        "provider": settings.KOPPEL_OIDC_NAME if settings.KOPPEL_OIDC_ISSUER else "",
        "identity": identity_of(user),
        "needed": user.second_factor_needed,
    }
    return render(request, "account/security.html", context)


@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """One of the other sessions of this account, or all of them."""
    if "session" in request.POST:
        number = request.POST["session"]
        found = get_object_or_404(sessions_of(request.user), pk=int(number) if NUMBER.fullmatch(number) else 0)
        ended = int(not request.session.is_mine(found) and found.delete()[0] > 0)  # type: ignore[attr-defined]
    else:
        ended = end_others(request)
    if ended:
        record_of_user(request, AuditEntry.Verb.CHANGED, reason="sessions_ended")
    messages.success(request, _("Signed out there."))
    return redirect("security")


def end_others(request: HttpRequest) -> int:
    """Every session of this account but the one that asks; how many that were."""
    session: Any = request.session
    return end_sessions(request.user, but=session)


def sessions_of(user: Any) -> QuerySet[Session]:
    """Those in which somebody could go on, the last used first."""
    return Session.objects.filter(going_on(timezone.now()), user=user).order_by("-seen_at")
