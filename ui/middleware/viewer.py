"""What holds for every page: times in the time zone of whoever is looking, and nothing personal in any cache."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

ZONES = frozenset(available_timezones())  # reads hundreds of files: once is enough


class ViewerMiddleware:
    """The browser keeps its time zone in the cookie `tz`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = request.COOKIES.get("tz", "")
        with timezone.override(ZoneInfo(name) if name in ZONES else None):
            return self.get_response(request)


class PrivateMiddleware:
    """What depends on who is signed in is kept by no proxy, and by no browser for the next one who sits there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.session.accessed and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response
