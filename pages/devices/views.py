"""All devices: search, filters, order, pages, columns; kept fresh; and the first 500 as .csv (R1, R4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

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
from ui.address import changed, number
from ui.lists.page import ListExport, ListPage
from ui.live.page import LiveAnswer, LivePage, list_has_changed, rows_shown
from ui.live.parts import Part

NAME = "name"  # the column that is always there


class LiveDevices(LivePage):
    """What the list and the answer to its polls have in common. Of a poll `n` is how many devices the page was drawn
    for."""

    live_url = "devices:live"

    def check_access(self) -> None:
        require(self.request.user, READ_COLLECTION)
        self.now = timezone.now()
        self.fleet = fleet(self.request.user, self.now)

    def parts_of(self, table: DeviceTable, devices: Sequence[Device]) -> list[Part]:
        total, drawn_for = str(self.fleet.total), self.request.GET.get("n")
        again = reverse("devices:list") + changed(self.request.GET, "n", "seen", "page")
        return [
            summary(self.request, self.fleet),
            list_has_changed(drawn_for not in (None, total), again),
            *(table.part(device) for device in devices),
        ]

    def poll_query(self) -> dict[str, str]:
        return {"n": self.request.GET.get("n", str(self.fleet.total))}


class DeviceList(LiveDevices, ListPage):
    filterset_class = DeviceFilter
    table_class = DeviceTable
    template_name = "devices/list.html"

    def get_queryset(self) -> DeviceQuerySet:
        return devices_in_sight(self.request.user)

    def get_filterset_kwargs(self, filterset_class: Any) -> dict[str, Any]:
        return super().get_filterset_kwargs(filterset_class) | {"fleet": self.fleet, "now": self.now}

    def get_table_kwargs(self) -> dict[str, Any]:
        left_out = hidden(self.request.GET)
        labelled = {"attrs": {"class": ""}} if left_out else {}  # on a phone: each of them, with its name
        return {"user": self.request.user, "now": self.now, "exclude": left_out, **labelled}

    @cached_property
    def known_total(self) -> int | None:
        return None if self.filterset.active else self.fleet.total

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        parts = self.parts_of(context["table"], self.rows)
        return context | {
            "fleet": self.fleet,
            "summary": parts[0].pieces["sum"],
            "columns": columns(self.request.GET),
            "unfiltered": changed(self.request.GET, *self.filterset.filters, "page"),
            "poll": self.poll(parts),
        }


class DeviceExport(ListExport, DeviceList):
    export_name, export_kind = AuditEntry.Kind.DEVICES.label, AuditEntry.Kind.DEVICES


class DeviceListLive(LiveDevices, LiveAnswer):
    def parts(self, shown: Mapping[str, str]) -> list[Part]:
        user, query = self.request.user, self.request.GET
        listed = list(devices_in_sight(user).filter(pk__in=rows_shown(shown, number)))
        table = DeviceTable((), user=user, now=self.now, exclude=hidden(query))
        table.prepare(listed)
        return self.parts_of(table, listed)


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
