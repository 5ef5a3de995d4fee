"""The audit log as a page and as a file; for who has the permission, and of that what is in sight."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.functional import cached_property

from audit.models import VIEW_AUDIT, AuditEntry, LastCheck
from devices.access.permissions import READ_APPLICATION
from devices.access.rights import require
from devices.models import Device
from pages.audit_log.filters import AuditFilter
from pages.audit_log.in_sight import entries_in_sight, sees_everything
from pages.audit_log.table import AuditTable
from pages.audit_log.wording.faults import fault_in_words
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
        exclude = () if self.sees_everything else ("number",)
        return {"links": self.request.user.has_perm(READ_APPLICATION), "exclude": exclude}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        check = LastCheck.objects.first() if self.sees_everything else None
        return super().get_context_data(check=check, fault=fault_in_words(check) if check else "", **context)

    @cached_property
    def sees_everything(self) -> bool:
        return sees_everything(self.request.user)

    @cached_property
    def known_total(self) -> Count:
        return count(self.object_list)


class AuditExport(ListExport, AuditLog):
    export_name, export_kind = AuditEntry.Kind.AUDIT_LOG.label, AuditEntry.Kind.AUDIT_LOG
