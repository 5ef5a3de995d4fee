"""The audit log as a page and as a file; for who has the permission, and of that what is in sight."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django_filters.views import FilterView
from django_tables2 import SingleTableMixin

from audit.log import Subject, record, who_asks
from audit.models import VIEW_AUDIT, AuditEntry
from devices.access.permissions import READ_APPLICATION
from devices.access.rights import require
from devices.models import Device
from pages.audit_log.filters import AuditFilter
from pages.audit_log.in_sight import entries_in_sight
from pages.audit_log.table import AuditTable
from ui.lists.counting import Count, count
from ui.lists.export import EXPORT_ROWS, csv_of
from ui.lists.paging import ListPaginator, UncountedPaginator


class AuditLog(SingleTableMixin, FilterView):
    filterset_class = AuditFilter
    table_class = AuditTable
    template_name = "audit_log/list.html"
    total: Count

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request.user, VIEW_AUDIT)
        response = super().get(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    def get_filterset_kwargs(self, filterset_class: type[AuditFilter]) -> dict[str, Any]:
        return super().get_filterset_kwargs(filterset_class) | {"data": self.request.GET}

    def get_queryset(self) -> QuerySet[AuditEntry]:
        device = Device.objects.filter(pk=OuterRef("device_id")).values("name")
        return entries_in_sight(self.request.user).annotate(device_name=Subquery(device))

    def get_table_kwargs(self) -> dict[str, Any]:
        self.total = count(self.object_list)
        return {"links": self.request.user.has_perm(READ_APPLICATION)}

    def get_table_pagination(self, table: AuditTable) -> dict[str, Any] | bool:
        if self.total.more:
            return {"paginator_class": UncountedPaginator, "per_page": 50}
        return {"paginator_class": ListPaginator, "per_page": 50, "total": self.total.number}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"total": self.total, "export_rows": EXPORT_ROWS}


class AuditExport(AuditLog):
    """What the list shows, as a file."""

    def get_table_pagination(self, table: AuditTable) -> bool:
        return False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"table": self.get_table(**self.get_table_kwargs())}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        known = f"more than {self.total.number}" if self.total.more else self.total.number
        answer = csv_of(context["table"], "audit-log", known)
        record(AuditEntry.Verb.EXPORTED, Subject(AuditEntry.Kind.AUDIT_LOG), **who_asks(self.request))
        return answer
