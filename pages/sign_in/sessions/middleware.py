"""Gives every request its session, which knows from where and with what browser it is used."""

from __future__ import annotations

from django.contrib.sessions.middleware import SessionMiddleware as Middleware
from django.http import HttpRequest

from audit.log import address_of
from pages.sign_in.sessions.browsers import browser_of


class SessionMiddleware(Middleware):
    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.session.address = address_of(request)  # type: ignore[attr-defined]
        request.session.browser = browser_of(request.headers.get("User-Agent", ""))  # type: ignore[attr-defined]
