"""Shows times in the time zone of whoever is looking, which their browser keeps in the cookie `tz`."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

ZONES = frozenset(available_timezones())  # reads hundreds of files: once is enough


class ViewerMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = request.COOKIES.get("tz", "")
        with timezone.override(ZoneInfo(name) if name in ZONES else None):
            return self.get_response(request)
