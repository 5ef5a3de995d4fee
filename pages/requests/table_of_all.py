"""The columns of the Requests page: the requests of all devices in sight."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Request
from pages.requests.table import RequestTable
from ui.live.parts import Part, element
from ui.templatetags.koppel import NO_VALUE

# What an index can sort when there are too many rows to count.
SORTED_ALWAYS = {"created_at", "state"}


class AllRequestsTable(RequestTable):
    device = tables.Column(
        verbose_name=gettext_lazy("Device"),
        linkify=True,
        order_by=("device__name", "pk"),
        attrs={"td": {"class": "g-a"}},
    )
    action = tables.Column(
        verbose_name=gettext_lazy("Action"), order_by=("action", "pk"), attrs={"td": {"class": "g-d"}}
    )
    state = tables.Column(
        verbose_name=gettext_lazy("State"),
        order_by=("state", "-created_at", "pk"),  # as the index has it
        attrs={"td": {"class": "g-state"}},
    )
    finished_at = tables.Column(
        verbose_name=gettext_lazy("Finished"),
        empty_values=(),
        attrs={"th": {"class": "p2"}, "td": {"class": "p2 num"}},
    )
    person = tables.Column(
        verbose_name=gettext_lazy("User"),
        order_by=("person__username", "pk"),
        empty_values=(),
        attrs={"th": {"class": "p2"}, "td": {"class": "p2"}},
    )

    class Meta(RequestTable.Meta):
        sequence = (
            "application",
            "action",
            "device",
            "person",
            "state",
            "requester",
            "created_at",
            "finished_at",
            "...",
        )

    def __init__(self, *args: Any, many: bool = False, **more: Any) -> None:
        super().__init__(*args, **more)
        self.parts: dict[UUID, Part] = {}
        for name, column in self.columns.items():
            if many and name not in SORTED_ALWAYS:
                column.column.orderable = False

    def render_application(self, record: Request) -> SafeString:
        tile = render_to_string("ui/_monogram.html", {"name": record.target.name, "group": record.target.is_group})
        return format_html(
            '<span class="app">{}<span><a href="{}">{}</a><small>{}</small></span></span>',
            tile,
            reverse("applications:request", args=[record.pk]),
            record.target.name,
            instead_of(record) or record.target.version,
        )

    def value_application(self, record: Request) -> str:
        return ", ".join(filter(None, (str(record.target), instead_of(record))))

    def render_person(self, record: Request) -> SafeString | str:
        return record.person.username if record.person else NO_VALUE

    def value_person(self, record: Request) -> str:
        return record.person.username if record.person else ""

    def render_state(self, record: Request) -> SafeString:
        return self._piece(record, "s")

    def render_finished_at(self, record: Request) -> SafeString:
        return self._piece(record, "f")

    def _piece(self, record: Request, letter: str) -> SafeString:
        identifier = f"{letter}{record.pk.hex}"
        return element(identifier, self.part(record).pieces[identifier])

    def part(self, record: Request) -> Part:
        """The cells of a row that change by themselves; drawn once."""
        if record.pk not in self.parts:
            key = record.pk.hex
            pieces = {f"s{key}": super().render_state(record), f"f{key}": super().render_finished_at(record)}
            self.parts[record.pk] = Part(key, pieces)
        return self.parts[record.pk]


def instead_of(request: Request) -> str:
    """What was asked for, when something that supersedes it is installed (R15)."""
    if request.target_id == request.application_id:
        return ""
    return _("instead of %(application)s") % {"application": request.application}
