"""What is learned while one request is answered, and forgotten with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

from django.http import HttpRequest, HttpResponseBase

T = TypeVar("T")

_learned: ContextVar[dict[Hashable, object] | None] = ContextVar("learned", default=None)


def once_per_request(key: Hashable, find: Callable[[], T]) -> T:
    """What `find` answers, asked once per key while a request is answered; each time where there is no request."""
    learned = _learned.get()
    if learned is None:
        return find()
    if key not in learned:
        learned[key] = find()
    return cast(T, learned[key])


@contextmanager
def learning() -> Iterator[None]:
    """Within this, what is learned is kept; nothing of it afterwards."""
    token = _learned.set({})
    try:
        yield
    finally:
        _learned.reset(token)


class PerRequestMiddleware:
    """Begins with nothing learned, and leaves nothing behind."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with learning():
            return self.get_response(request)
