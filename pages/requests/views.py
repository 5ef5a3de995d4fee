"""The Requests page: everything queued, under way and done on the devices in sight, kept fresh, and as a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_filters.views import FilterView
from django_tables2 import SingleTableMixin

from applications.models import Request, RequestEvent
from applications.models.request import RequestQuerySet
from applications.rules.lifecycle import State
from applications.wording.sentences import STATE_LABELS
from audit.log import Subject, record, who_asks
from audit.models import AuditEntry
from devices.access.permissions import READ_APPLICATION, READ_COLLECTION
from devices.access.rights import require
from pages.requests.filters import OPEN_ONES, RequestFilter
from pages.requests.table_of_all import AllRequestsTable
from ui.lists.counting import Count
from ui.lists.export import EXPORT_ROWS, csv_of
from ui.lists.paging import ListPaginator, UncountedPaginator
from ui.live import Part, out_of_band, remembered, seen

PASSING = ("since", "seen")  # of the address of a poll: what is about one moment
MOST_ROWS = 100


class RequestList(SingleTableMixin, FilterView):
    filterset_class = RequestFilter
    table_class = AllRequestsTable
    template_name = "requests/list.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request.user, READ_COLLECTION, READ_APPLICATION)
        response = super().get(request, *args, **kwargs)
        add_never_cache_headers(response)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def get_filterset_kwargs(self, filterset_class: type[RequestFilter]) -> dict[str, Any]:
        return super().get_filterset_kwargs(filterset_class) | {"data": self.request.GET}

    def get_queryset(self) -> RequestQuerySet:
        return requests_in_sight(self.request.user)

    def get_table_kwargs(self) -> dict[str, Any]:
        self.counts = self.filterset.counts()
        self.total = chosen(self.filterset, self.counts)
        return {"many": self.total.more}

    def get_table_pagination(self, table: AllRequestsTable) -> dict[str, Any] | bool:
        if self.total.more:
            return {"paginator_class": UncountedPaginator, "per_page": 50}
        return {"paginator_class": ListPaginator, "per_page": 50, "total": self.total.number}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        table = context["table"]
        listed = [row.record for row in table.paginated_rows]
        parts = [pills(self.counts, self.request.GET), *(table.part(record) for record in listed)]
        query = self.request.GET.copy()
        query["n"] = str(self.total)
        return context | {
            "parts": {key: html for part in parts for key, html in part.pieces.items()},
            "total": self.total,
            "export_rows": EXPORT_ROWS,
            "poll": poll(query, {part.key: part.digest for part in parts}, listed, marker()),
        }


class RequestExport(RequestList):
    """What the list shows, as a file."""

    def get_table_pagination(self, table: AllRequestsTable) -> bool:
        return False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"table": self.get_table(**self.get_table_kwargs())}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        known = f"more than {self.total.number}" if self.total.more else self.total.number
        answer = csv_of(context["table"], "requests", known)
        record(AuditEntry.Verb.EXPORTED, Subject(AuditEntry.Kind.REQUESTS), **who_asks(self.request))
        return answer


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """What changed on the page since it was drawn; 204 when nothing did."""
    require(request.user, READ_COLLECTION, READ_APPLICATION)
    shown, mark = seen(request.GET.get("seen", "")), marker()
    ids = [pk for key in list(shown)[: MOST_ROWS + 1] if (pk := identifier(key))]
    listed = list(requests_in_sight(request.user).filter(pk__in=ids))
    table = AllRequestsTable(())
    parts = [table.part(record) for record in listed]
    query = request.GET.copy()
    for passing in PASSING:
        query.pop(passing, None)
    if mark != request.GET.get("since"):
        filterset = RequestFilter(query, requests_in_sight(request.user), request=request)
        counts = filterset.counts()
        parts += [pills(counts, query), more(query, str(chosen(filterset, counts)))]
    changed = [part for part in parts if shown.get(part.key) != part.digest]
    if not changed and mark == request.GET.get("since"):
        return HttpResponse(status=204)
    following = poll(query, shown | {part.key: part.digest for part in parts}, listed, mark)
    return HttpResponse(
        out_of_band(changed) + render_to_string("ui/_poll.html", {"poll": following, "oob": True}, request)
    )


def requests_in_sight(user: Any) -> RequestQuerySet:
    return Request.objects.visible_to(user).select_related("device", "application", "target", "person")


def marker() -> str:
    """Changes whenever anything happens to any request. It tells nobody how much: that may be outside of sight."""
    newest = RequestEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    return salted_hmac("applications.requests", str(newest)).hexdigest()[:12]


def pills(counts: dict[str, Count], query: QueryDict) -> Part:
    """All, open, and each state, with how many there are."""
    chosen = query.get("state", "")
    labels = {"": _("All"), OPEN_ONES: _("Open")} | {str(state): STATE_LABELS[state] for state in State}
    drawn = [
        {
            "id": f"pill-{value or 'all'}",
            "label": label,
            "url": address(query, state=value),
            "count": counts[value] or 0,
            "current": value == chosen,
            "status": value if value in list(State) else "",
        }
        for value, label in labels.items()
    ]
    return Part("pills", {"pills": render_to_string("ui/_status_pills.html", {"pills": drawn})})


def address(query: QueryDict, **changes: str) -> str:
    """The query of this view with changes, from its first page on."""
    changed = query.copy()
    for passing in ("page", "n"):
        changed.pop(passing, None)
    for field, value in changes.items():
        changed.pop(field, None)
        if value:
            changed[field] = value
    return f"?{changed.urlencode()}"


def more(query: QueryDict, total: str) -> Part:
    """A way to the list as it is now, when rows came or went."""
    if query.get("n") == total:
        return Part("more", {"more": SafeString()})
    url = reverse("applications:requests") + address(query)
    link = format_html('<a href="{}">{}</a> ', url, _("The list has changed: show it again"))
    return Part("more", {"more": link})


def chosen(filterset: RequestFilter, counts: dict[str, Count]) -> Count:
    """How many requests the list has, with the state that is chosen."""
    return counts[filterset.form.cleaned_data["state"]] if filterset.is_valid() else Count(0)


def poll(query: QueryDict, shown: dict[str, str], listed: list[Request], mark: str) -> dict[str, Any]:
    """The next poll: where to, how soon, and what it tells the server of what is shown (digests by key)."""
    asked = query.copy()
    for passing in ("page", "sort", "per_page"):
        asked.pop(passing, None)
    asked["since"], asked["seen"] = mark, remembered(shown)
    quick = any(record.is_open for record in listed)
    return {"url": f"{reverse('applications:requests_live')}?{asked.urlencode()}", "seconds": 2 if quick else 10}


def identifier(key: str) -> UUID | None:
    try:
        return UUID(hex=key)
    except ValueError:
        return None
