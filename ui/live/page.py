"""A page that keeps itself fresh: it polls, and is answered with the parts that changed since it was drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ui.address import changed
from ui.live.parts import Part, digests, out_of_band, seen
from ui.page import Page

MAX_ROWS = 100  # of a list that one poll can ask about
# What takes the place of the element that polls when there is nothing more to expect.
NO_MORE = format_html('<div id="poll" hx-swap-oob="true" {}></div>', "hidden")

Key = TypeVar("Key")


@dataclass(frozen=True)
class Poll:
    """The next poll, for `ui/_poll.html`: where to, and in how many seconds."""

    url: str
    seconds: float


class LivePage(Page):
    """What such a page and the answer to its polls have in common. The page draws its parts and gives its template
    `poll`; the query of a poll says which parts are shown (`seen`: a digest of each)."""

    live_url: str  # the name of the address that answers
    seconds: float = 10  # between two polls
    not_polled: tuple[str, ...] = ()  # fields of the page's query that make no difference to its parts

    def interval(self, parts: Sequence[Part]) -> float:
        """Seconds until the next poll."""
        return self.seconds

    def poll_query(self) -> dict[str, str]:
        """What else the next poll tells the server."""
        return {}

    def poll(self, parts: Sequence[Part], shown: Mapping[str, str] | None = None) -> Poll | None:
        """The next poll of a page that shows these parts, and still those of `shown` (digests by key) that are not
        among them; None when nothing changes any more."""
        told = {**self.poll_query(), "seen": digests(parts, shown)}
        query = changed(self.request.GET, *self.not_polled, **told)
        return Poll(reverse(self.live_url, kwargs=self.kwargs) + query, self.interval(parts))


class LiveAnswer(LivePage):
    """The answer to a poll: what changed, and the next poll; 204 when nothing did."""

    http_method_names = ["get", "head"]

    def parts(self, shown: Mapping[str, str]) -> list[Part]:
        """The parts as they are now; `shown`: digests by key of what the page shows."""
        raise NotImplementedError

    def is_unchanged(self) -> bool:
        """Whether it is known without drawing anything that nothing changed."""
        return False

    def must_answer(self) -> bool:
        """Whether the next poll has to tell something else than this one, even though no part changed."""
        return False

    def announcements(self, parts: Sequence[Part], shown: Mapping[str, str]) -> Iterable[Part]:
        """What is told only this once, with the parts that changed."""
        return ()

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if self.is_unchanged():
            return HttpResponse(status=204)
        shown = seen(request.GET.get("seen", ""))
        parts = self.parts(shown)
        different = [part for part in parts if shown.get(part.key) != part.digest]
        if not different and not self.must_answer():
            return HttpResponse(status=204)
        answer = out_of_band([*different, *self.announcements(different, shown)])
        return HttpResponse(f"{answer}\n{next_poll(request, self.poll(parts, shown))}")


def next_poll(request: HttpRequest, poll: Poll | None) -> SafeString:
    """The element that polls, out of band, with the badge of the navigation."""
    if poll is None:
        return NO_MORE + render_to_string("ui/_open_requests_update.html", {}, request)
    return render_to_string("ui/_poll.html", {"poll": poll, "oob": True}, request)


def rows_shown(shown: Mapping[str, str], read: Callable[[str], Key | None]) -> list[Key]:
    """The keys of the rows among what a page shows, at most MAX_ROWS; `read` makes a key of a text, or nothing."""
    return [key for text in shown if (key := read(text))][:MAX_ROWS]


def list_has_changed(came_or_went: bool, address: str) -> Part:
    """A way to the list as it is now, when rows came or went since it was drawn."""
    link = format_html('<a href="{}">{}</a> ', address, _("The list has changed: show it again"))
    return Part("more", {"more": link if came_or_went else SafeString()})
