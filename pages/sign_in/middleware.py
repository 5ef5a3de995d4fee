"""Who may open a page at all, in one place: signed in, with a role; everything beyond that the page asks itself (R19).

Closed by default: a view is open to others only where it says so with one of the two decorators.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse

from devices.models.collection import has_role
from pages.sign_in.no_role import no_role_page
from pages.sign_in.sessions.entering import FACTOR_ELSEWHERE
from ui.live.page import LiveAnswer

__all__ = ["AccessMiddleware", "login_not_required", "role_not_required"]

View = TypeVar("View", bound=Callable[..., Any])

CLIENTS = "/client/"  # these doors know devices, not users


def role_not_required(view: View) -> View:
    """For who is signed in, whatever their role: their own password, for example."""
    view.role_required = False  # type: ignore[attr-defined]
    return view


class AccessMiddleware(LoginRequiredMiddleware):
    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponse | None:
        if request.path_info.startswith(CLIENTS) or not getattr(view_func, "login_required", True):
            return None
        if not request.user.is_authenticated:
            return sign_in_first(request)
        if not issubclass(getattr(view_func, "view_class", object), LiveAnswer):  # a page that polls is nobody at work
            request.session.used()  # type: ignore[attr-defined]
        own = not getattr(view_func, "role_required", True)
        first = must_come_first(request)
        if first and not (own and first in ("security", getattr(request.resolver_match, "url_name", ""))):
            return lead_to(request, reverse(first))
        if own or has_role(request.user):
            return None
        return no_role_page(request)


def must_come_first(request: HttpRequest) -> str:
    """The name of the page without which there is no other: a password of one's own, a second factor."""
    user: Any = request.user
    if user.password_given:
        return "password"
    if not user.second_factor_needed or user.has_second_factor or request.session.get(FACTOR_ELSEWHERE):
        return ""
    return "security"


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and from there back to the page that was asked for; a poll takes its whole page along."""
    htmx = getattr(request, "htmx", None)
    if htmx:
        return lead_to(request, redirect_to_login(htmx.current_url_abs_path or resolve_url("home")).url)
    asked = request.get_full_path() if request.method in ("GET", "HEAD") else resolve_url("home")
    return lead_to(request, redirect_to_login(asked).url)


def lead_to(request: HttpRequest, address: str) -> HttpResponse:
    if getattr(request, "htmx", None):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
