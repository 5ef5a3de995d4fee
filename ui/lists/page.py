"""A list as a page, and as a file: filtered, sorted, cut into pages; django-filter and django-tables2 do the work."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.functional import cached_property
from django_filters.views import FilterView
from django_tables2 import SingleTableMixin, Table

from audit.log import Subject, record, who_asks
from audit.models import AuditEntry
from ui.lists.counting import Count
from ui.lists.export import EXPORT_ROWS, csv_of, prepare
from ui.lists.filters import ListFilter
from ui.lists.paging import ListPaginator, UncountedPaginator
from ui.page import Page

PER_PAGE = 50


class ListPage(Page, SingleTableMixin, FilterView):
    """A list says its table, its template, its rows (`get_queryset`), who may open it (`check_access`), and its filter
    if it has one. Its template gets `table`, `filter`, `total` (rows that fit), `active` (whether anything is
    filtered) and `export_rows`."""

    filterset_class: type[ListFilter] = ListFilter

    @cached_property
    def known_total(self) -> int | Count | None:
        """How many rows fit, where that is known already; None: they are counted. Asked after the filter."""
        return None

    def get_filterset_kwargs(self, filterset_class: type[ListFilter]) -> dict[str, Any]:
        """Bound also without a query, so that what is filtered on can be read either way."""
        return super().get_filterset_kwargs(filterset_class) | {"data": self.request.GET}

    def get_table_pagination(self, table: Table) -> dict[str, Any] | bool:
        total = self.known_total
        if isinstance(total, Count):
            if total.more:
                return {"paginator_class": UncountedPaginator, "per_page": PER_PAGE}
            total = total.number
        known = {} if total is None else {"total": total}
        return {"paginator_class": ListPaginator, "per_page": PER_PAGE, **known}

    def prepare(self, table: Table) -> None:
        """The table fetches what it tells of the rows that are shown (`rows`), in one go."""
        prepare(table, self.rows)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        table = context["table"]
        self.rows: list[Any] = [row.record for row in table.paginated_rows]
        self.prepare(table)
        known = self.known_total
        return context | {
            "total": known if isinstance(known, Count) else table.paginator.count,
            "active": self.filterset.active,
            "export_rows": EXPORT_ROWS,
        }


class ListExport(ListPage):
    """What a list shows, as a file, which the audit log tells of; a base to put before the list itself."""

    export_name: Any  # in the reader's language
    export_kind: AuditEntry.Kind

    def get_export_name(self) -> str:
        """The name of the file, as far as it does not tell how many rows there are."""
        return str(self.export_name)

    def audit_entry(self) -> dict[str, Any]:
        """What the audit log tells of it, as `audit.log.entry` takes it."""
        return {"subject": Subject(self.export_kind)}

    def get_table_pagination(self, table: Table) -> bool:
        return False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"table": self.get_table(**self.get_table_kwargs())}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        answer = csv_of(context["table"], self.get_export_name(), self.known_total)
        record(AuditEntry.Verb.EXPORTED, **self.audit_entry(), **who_asks(self.request))
        return answer
