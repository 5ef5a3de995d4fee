"""What is dangerous asks its user who they are once more, unless they proved it within the last ten minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from pages.sign_in.sessions.store import CONFIRMED

FRESH = 10 * 60  # seconds
TO_FILL_IN = 10 * 60  # more, for a form that was opened in time


def dangerous(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page that changes who may do what, or who gets in; `pages/urls.py` says which ones are."""

    @wraps(view)
    def asking_first(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_confirmed(request, FRESH + (TO_FILL_IN if request.method == "POST" else 0)):
            response: HttpResponse = view(request, *args, **kwargs)
            return response
        return redirect_to_login(request.get_full_path(), reverse("confirm"))

    asking_first.is_dangerous = True  # type: ignore[attr-defined]
    return asking_first


def is_confirmed(request: HttpRequest, within: int = FRESH) -> bool:
    return 0 <= time.time() - request.session.get(CONFIRMED, 0) <= within


def confirm(request: HttpRequest) -> None:
    request.session[CONFIRMED] = time.time()
