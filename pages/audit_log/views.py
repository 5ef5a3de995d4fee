"""The audit log as a page and as a file; for who has the permission, and of that what is in sight."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.functional import cached_property

from audit.models import VIEW_AUDIT, AuditEntry
from devices.access.permissions import READ_APPLICATION
from devices.access.rights import require
from devices.models import Device
from pages.audit_log.filters import AuditFilter
from pages.audit_log.in_sight import entries_in_sight
from pages.audit_log.table import AuditTable
from ui.lists.counting import Count, count
from ui.lists.page import ListExport, ListPage


class AuditLog(ListPage):
    filterset_class = AuditFilter
    table_class = AuditTable
    template_name = "audit_log/list.html"

    def check_access(self) -> None:
        require(self.request.user, VIEW_AUDIT)

    def get_queryset(self) -> QuerySet[AuditEntry]:
        device = Device.objects.filter(pk=OuterRef("device_id")).values("name")
        return entries_in_sight(self.request.user).annotate(device_name=Subquery(device))

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"links": self.request.user.has_perm(READ_APPLICATION)}

    @cached_property
    def known_total(self) -> Count:
        return count(self.object_list)


class AuditExport(ListExport, AuditLog):
    export_name, export_kind = AuditEntry.Kind.AUDIT_LOG.label, AuditEntry.Kind.AUDIT_LOG
