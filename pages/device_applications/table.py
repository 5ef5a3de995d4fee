"""The columns of a device's Applications page (R3); what stands in a row is known beforehand, in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Concat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from applications.status.reach import deployments_reaching
from applications.status.rows import Row, rows_for
from applications.wording.sentences import STATUS_LABELS, detail
from devices.models import Device
from pages.device_applications import row_html
from ui.address import changed
from ui.live.parts import Part, element
from ui.templatetags.koppel import NO_VALUE


class PickColumn(tables.Column):
    """The box of a row; that of the head ticks the whole page, by script."""

    @property
    def header(self) -> SafeString:
        label = gettext("Select all on this page")
        box = '<input class="js" type="checkbox" data-all aria-label="{}"><span class="at-narrow">{}</span>'
        return format_html(box, label, label)


def column(label: Any, *, td: str = "", th: str = "", order: Sequence[str] = (), **more: Any) -> tables.Column:
    """A column that is drawn even when it is empty; `td` and `th` are classes, see templates/ui/_table.html."""
    attrs = {"th": {"class": th}, "td": {"class": f"{td} {th}".strip(), **more.pop("cell", {})}}
    return tables.Column(
        verbose_name=label, order_by=(*order, "name", "version", "pk"), attrs=attrs, empty_values=(), **more
    )


class ApplicationTable(tables.Table):
    pick = PickColumn(
        orderable=False,
        empty_values=(),
        exclude_from_export=True,
        attrs={"th": {"class": "pick"}, "td": {"class": "g-pick pick"}},
    )
    name = column(_("Name"), td="g-name", cell={"scope": "row"})
    publisher = column(_("Publisher"), visible=False, orderable=False)
    status = column(_("Status"), td="g-state", order=("attention",))
    detail = column(_("Detail"), visible=False, orderable=False)
    version = column(_("Version"), td="g-b num", th="p2", order=("version",))
    through = column(_("Reaches this device through"), td="g-a")
    deadline = column(_("Deadline"), td="g-d num", th="p1")
    changed = column(_("Last change"), td="num", th="p3")

    class Meta:
        attrs = {"class": "two areas"}
        order_by = ("status",)
        row_attrs = {
            "id": lambda record: f"app-{record.pk}",
            "aria-current": lambda record, table: "true" if record.pk == table.shown else None,
        }

    def __init__(
        self,
        *args: Any,
        device: Device,
        user: Any,
        now: datetime,
        shown: int = 0,
        picked: Sequence[int] = (),
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.device, self.user, self.now = device, user, now
        self.shown = shown
        self.picked = set(picked)
        self.rows_by_id: Mapping[int, Row] = {}
        self.parts: Mapping[int, Part] = {}

    def prepare(self, applications: Sequence[Application]) -> None:
        """Learn everything about these rows at once."""
        self.take(rows_for(self.device, applications, self.user, self.now))

    def take(self, rows: Sequence[Row]) -> None:
        """These are the rows, fetched already."""
        self.rows_by_id = {row.application.pk: row for row in rows}
        self.parts = {row.application.pk: row_html.part(row, self.now) for row in rows}

    @property
    def caption(self) -> str:
        return gettext("Applications of %(device)s") % {"device": self.device.name}

    def render_pick(self, record: Application) -> SafeString:
        return format_html(
            '<input type="checkbox" form="act" name="id" value="{}" data-name="{}" aria-label="{}"{}>',
            str(record.pk),
            record.name,
            gettext("Select %(application)s") % {"application": record},
            " checked" if record.pk in self.picked else "",
        )

    def render_name(self, record: Application) -> SafeString:
        query = changed(self.request.GET, "ask", "id", app=str(record.pk))
        return row_html.name(self.rows_by_id[record.pk], f"{query}#app-{record.pk}")

    def value_name(self, record: Application) -> str:
        return record.name

    def value_publisher(self, record: Application) -> str:
        return record.publisher

    def render_status(self, record: Application) -> SafeString:
        return self._piece(record, "s")

    def value_status(self, record: Application) -> str:
        return str(STATUS_LABELS[self.rows_by_id[record.pk].status])

    def value_detail(self, record: Application) -> str:
        return detail(self.rows_by_id[record.pk])

    def render_version(self, record: Application) -> SafeString:
        version = row_html.version(self.rows_by_id[record.pk])
        return format_html("{}", version) if version else NO_VALUE

    def value_version(self, record: Application) -> str:
        return row_html.version(self.rows_by_id[record.pk])

    def render_through(self, record: Application) -> SafeString:
        return row_html.through(self.rows_by_id[record.pk])

    def value_through(self, record: Application) -> str:
        return row_html.ways(self.rows_by_id[record.pk])

    def order_through(self, queryset: QuerySet[Application], descending: bool) -> tuple[Any, bool]:
        """Required ones first, then by the name of the collection."""
        ways = deployments_reaching(self.device, self.user).filter(application=OuterRef("pk"))
        first = ways.order_by("-purpose", "collection__name").values(key=Concat("purpose", "collection__name"))[:1]
        return self._by(queryset.annotate(through=Subquery(first)), "through", not descending)

    def render_deadline(self, record: Application) -> SafeString:
        return self._piece(record, "d")

    def value_deadline(self, record: Application) -> datetime | None:
        return record.deadline  # type: ignore[attr-defined]

    def order_deadline(self, queryset: QuerySet[Application], descending: bool) -> tuple[Any, bool]:
        return self._by(queryset, "deadline", descending)

    def render_changed(self, record: Application) -> SafeString:
        return self._piece(record, "c")

    def value_changed(self, record: Application) -> datetime | None:
        return record.changed_at  # type: ignore[attr-defined]

    def order_changed(self, queryset: QuerySet[Application], descending: bool) -> tuple[Any, bool]:
        return self._by(queryset, "changed_at", descending)

    def _piece(self, record: Application, letter: str) -> SafeString:
        identifier = f"{letter}{record.pk}"
        return element(identifier, self.parts[record.pk].pieces[identifier])

    @staticmethod
    def _by(queryset: QuerySet[Application], key: str, descending: bool) -> tuple[QuerySet[Application], bool]:
        """Rows without a value come last either way."""
        order = F(key).desc(nulls_last=True) if descending else F(key).asc(nulls_last=True)
        return queryset.order_by(order, "name", "version", "pk"), True
