"""The Requests page: everything queued, under way and done on the devices in sight, kept fresh, and as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from applications.models import Request, RequestEvent
from applications.models.request import RequestQuerySet
from applications.rules.lifecycle import State
from applications.wording.sentences import STATE_LABELS
from audit.models import AuditEntry
from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION
from devices.access.rights import require
from pages.requests.filters import OPEN_ONES, RequestFilter
from pages.requests.table_of_all import AllRequestsTable
from ui.address import changed
from ui.lists.counting import Count
from ui.lists.page import ListExport, ListPage
from ui.live.page import LiveAnswer, LivePage, list_has_changed, rows_shown
from ui.live.parts import Part, pieces_of

PASSING = ("page", "n", "since", "seen")  # of an address: what is about one moment, not about the view


class LiveRequests(LivePage):
    """What the list and the answer to its polls have in common. Of a poll `since` is the marker of what has happened,
    and `n` how many requests the page was drawn for."""

    live_url = "applications:requests_live"
    not_polled = ("page", "sort", "per_page")
    rows: list[Request]

    def check_access(self) -> None:
        require(self.request.user, READ_COLLECTION, READ_APPLICATION)

    @cached_property
    def marker(self) -> str:
        """Changes whenever anything happens to any request. It tells nobody how much: that may be outside of sight."""
        newest = RequestEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
        return salted_hmac("applications.requests", str(newest)).hexdigest()[:12]

    def interval(self, parts: Sequence[Part]) -> float:
        return 2 if any(record.is_open for record in self.rows) else 10

    def poll_query(self) -> dict[str, str]:
        return {"since": self.marker}


class RequestList(LiveRequests, ListPage):
    filterset_class = RequestFilter
    table_class = AllRequestsTable
    template_name = "requests/list.html"
    varies_on = ("HX-Request",)

    def get_queryset(self) -> RequestQuerySet:
        return requests_in_sight(self.request.user)

    @cached_property
    def counts(self) -> dict[str, Count]:
        return self.filterset.counts()

    @cached_property
    def known_total(self) -> Count:
        return chosen(self.filterset, self.counts)

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"many": self.known_total.more}

    def poll_query(self) -> dict[str, str]:
        return {**super().poll_query(), "n": str(self.known_total)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        parts = [pills(self.counts, self.request.GET), *(context["table"].part(record) for record in self.rows)]
        may_retry = bool(self.counts[str(State.FAILED)]) and self.request.user.has_perm(APPROVE)
        return context | {"parts": pieces_of(parts), "poll": self.poll(parts), "may_retry": may_retry}


class RequestExport(ListExport, RequestList):
    export_name, export_kind = AuditEntry.Kind.REQUESTS.label, AuditEntry.Kind.REQUESTS


class RequestListLive(LiveRequests, LiveAnswer):
    def parts(self, shown: Mapping[str, str]) -> list[Part]:
        happened = self.must_answer()  # first: what happens while the rows are fetched belongs to the next poll
        query, requests = self.request.GET, requests_in_sight(self.request.user)
        self.rows = list(requests.filter(pk__in=rows_shown(shown, identifier)))
        table = AllRequestsTable(())
        parts = [table.part(record) for record in self.rows]
        if happened:
            filterset = RequestFilter(query, requests, request=self.request)
            counts = filterset.counts()
            total = str(chosen(filterset, counts))
            again = reverse("applications:requests") + changed(query, *PASSING)
            parts += [pills(counts, query), list_has_changed(query.get("n") != total, again)]
        return parts

    def must_answer(self) -> bool:
        """Whether anything happened since the last poll."""
        return self.marker != self.request.GET.get("since")


def requests_in_sight(user: Any) -> RequestQuerySet:
    return Request.objects.visible_to(user).select_related("device", "application", "target", "person")


def pills(counts: dict[str, Count], query: QueryDict) -> Part:
    """All, open, and each state, with how many there are."""
    chosen = query.get("state", "")
    labels = {"": _("All"), OPEN_ONES: _("Open")} | {str(state): STATE_LABELS[state] for state in State}
    drawn = [
        {
            "id": f"pill-{value or 'all'}",
            "label": label,
            "url": changed(query, *PASSING, state=value),
            "count": counts[value] or 0,
            "current": value == chosen,
            "status": value if value in list(State) else "",
        }
        for value, label in labels.items()
    ]
    return Part("pills", {"pills": render_to_string("ui/_status_pills.html", {"pills": drawn})})


def chosen(filterset: RequestFilter, counts: dict[str, Count]) -> Count:
    """How many requests the list has, with the state that is chosen."""
    return counts[filterset.form.cleaned_data["state"]] if filterset.is_valid() else Count(0)


def identifier(key: str) -> UUID | None:
    try:
        return UUID(hex=key)
    except ValueError:
        return None
