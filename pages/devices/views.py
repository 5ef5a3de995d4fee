"""All devices: search, filters, order, pages, columns; kept fresh; and the first 500 as .csv (R1, R4)."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_filters.views import FilterView
from django_tables2 import SingleTableMixin

from audit.log import Subject, record, who_asks
from audit.models import AuditEntry
from devices.access.in_sight import of_persons_in_sight
from devices.access.permissions import READ_COLLECTION
from devices.access.rights import require
from devices.models import Device, Person, SignIn
from devices.models.device import DeviceQuerySet
from devices.presence.contact import Contact
from pages.devices.counts import Fleet, fleet
from pages.devices.filters import DeviceFilter
from pages.devices.table import DeviceTable
from ui.lists.export import EXPORT_ROWS, csv_of
from ui.lists.paging import ListPaginator
from ui.live import Part, out_of_band, remembered, seen

MOST_ROWS = 100
NAME = "name"  # the column that is always there


class DeviceList(SingleTableMixin, FilterView):
    filterset_class = DeviceFilter
    table_class = DeviceTable
    template_name = "devices/list.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request.user, READ_COLLECTION)
        self.now = timezone.now()
        self.fleet = fleet(request.user, self.now)
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> DeviceQuerySet:
        return devices_in_sight(self.request.user)

    def get_filterset_kwargs(self, filterset_class: type[DeviceFilter]) -> dict[str, Any]:
        return super().get_filterset_kwargs(filterset_class) | {"fleet": self.fleet, "now": self.now}

    def get_table_kwargs(self) -> dict[str, Any]:
        left_out = hidden(self.request.GET)
        labelled = {"attrs": {"class": ""}} if left_out else {}  # on a phone: each of them, with its name
        return {"user": self.request.user, "now": self.now, "exclude": left_out, **labelled}

    def get_table_pagination(self, table: DeviceTable) -> dict[str, Any] | bool:
        known = {} if self.filterset.active else {"total": self.fleet.total}
        return {"paginator_class": ListPaginator, "per_page": 50, **known}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        table = context["table"]
        listed = list(table.page.object_list.data)
        table.prepare(listed)
        strip = summary(self.request, self.fleet)
        parts = [strip, *(table.part(device) for device in listed)]
        return context | {
            "fleet": self.fleet,
            "summary": strip.pieces["sum"],
            "total": table.paginator.count,
            "columns": columns(self.request.GET),
            "unfiltered": address(self.request.GET, *self.filterset.filters, "page"),
            "export_rows": EXPORT_ROWS,
            "poll": poll(self.request.GET, self.fleet, {part.key: part.digest for part in parts}),
        }


class DeviceExport(DeviceList):
    """What the list shows, as a file."""

    def get_table_pagination(self, table: DeviceTable) -> bool:
        return False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"table": self.get_table(**self.get_table_kwargs())}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        record(AuditEntry.Verb.EXPORTED, Subject(AuditEntry.Kind.DEVICES), **who_asks(self.request))
        return csv_of(context["table"], "devices")


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """What changed on the page since it was drawn; 204 when nothing did."""
    require(request.user, READ_COLLECTION)
    now, shown = timezone.now(), seen(request.GET.get("seen", ""))
    ids = [int(key) for key in list(shown)[: MOST_ROWS + 1] if key.isdecimal() and len(key) < 19]
    listed = list(devices_in_sight(request.user).filter(pk__in=ids))
    table = DeviceTable((), user=request.user, now=now, exclude=hidden(request.GET))
    table.prepare(listed)
    found = fleet(request.user, now)
    parts = [summary(request, found), more(request.GET, found), *(table.part(device) for device in listed)]
    changed = [part for part in parts if shown.get(part.key) != part.digest]
    if not changed:
        return HttpResponse(status=204)
    following = poll(request.GET, found, shown | {part.key: part.digest for part in parts})
    return HttpResponse(
        out_of_band(changed) + render_to_string("ui/_poll.html", {"poll": following, "oob": True}, request)
    )


def devices_in_sight(user: Any) -> DeviceQuerySet:
    """The devices that the user may see, and of their persons those in sight."""
    persons = Person.objects.visible_to(user)
    sign_ins = SignIn.objects.filter(of_persons_in_sight(user)).select_related("person").order_by("person__username")
    return (
        Device.objects.visible_to(user)
        .select_related("site")
        .prefetch_related(Prefetch("primary_user", persons), Prefetch("sign_ins", sign_ins))
    )


def hidden(query: QueryDict) -> list[str]:
    """The columns that the address leaves out; when it names none, all of them are shown."""
    chosen = set(query.getlist("col"))
    names = list(DeviceTable.base_columns)
    return [name for name in names if name not in chosen and name != NAME] if chosen.intersection(names) else []


def columns(query: QueryDict) -> list[dict[str, Any]]:
    """For `ui/_filter_menu.html`: all but the one that names the row."""
    left_out = hidden(query)
    return [
        {"value": name, "label": column.verbose_name, "checked": name not in left_out}
        for name, column in DeviceTable.base_columns.items()
        if name != NAME
    ]


def summary(request: HttpRequest, found: Fleet) -> Part:
    """The strip above the list."""
    counts = found.by["contact"]
    numbers = {"fleet": found, "online": counts[Contact.ONLINE], "silent": counts[Contact.SILENT]}
    return Part("sum", {"sum": render_to_string("devices/_summary.html", numbers, request)})


def more(query: QueryDict, found: Fleet) -> Part:
    """A way to the list as it is now, when devices came or went."""
    if query.get("n") == str(found.total):
        return Part("more", {"more": SafeString()})
    url = reverse("devices:list") + address(query, "n", "seen", "page")
    return Part("more", {"more": format_html('<a href="{}">{}</a> ', url, _("The list has changed: show it again"))})


def poll(query: QueryDict, found: Fleet, shown: dict[str, str]) -> dict[str, Any]:
    """The next poll, and what it tells the server of what is shown (digests by key)."""
    asked = query.copy()
    asked["seen"] = remembered({"more": Part("more", {"more": SafeString()}).digest} | shown)
    asked.setdefault("n", str(found.total))
    return {"url": f"{reverse('devices:live')}?{asked.urlencode()}", "seconds": 10}


def address(query: QueryDict, *without: str) -> str:
    """The query of this view without some of it."""
    kept = query.copy()
    for name in without:
        kept.pop(name, None)
    return f"?{kept.urlencode()}"
