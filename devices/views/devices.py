"""All devices: search, filters, order, pages, and the first 500 as .csv (R1, R4)."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_filters.views import FilterView
from django_tables2 import SingleTableMixin

from console import audit
from console.export import EXPORT_ROWS, csv_of
from console.models import AuditEntry
from console.paging import ListPaginator
from devices.contact import Contact
from devices.filters import DeviceFilter
from devices.fleet import fleet
from devices.models import Device, Person, SignIn
from devices.models.device import DeviceQuerySet
from devices.rights import READ_COLLECTION, require
from devices.sight import of_persons_in_sight
from devices.tables import DeviceTable


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
        """The devices in sight, and of their persons those in sight."""
        user = self.request.user
        persons = Person.objects.visible_to(user)
        sign_ins = SignIn.objects.filter(of_persons_in_sight(user)).select_related("person")
        sign_ins = sign_ins.order_by("person__username")
        return (
            Device.objects.visible_to(user)
            .select_related("site")
            .prefetch_related(Prefetch("primary_user", persons), Prefetch("sign_ins", sign_ins))
        )

    def get_filterset_kwargs(self, filterset_class: type[DeviceFilter]) -> dict[str, Any]:
        return super().get_filterset_kwargs(filterset_class) | {"fleet": self.fleet, "now": self.now}

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user, "now": self.now}

    def get_table_pagination(self, table: DeviceTable) -> dict[str, Any] | bool:
        known = {} if self.filterset.active else {"total": self.fleet.total}
        return {"paginator_class": ListPaginator, "per_page": 50, **known}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        table = context["table"]
        table.prepare(list(table.page.object_list.data))
        counts = self.fleet.by["contact"]
        return context | {
            "fleet": self.fleet,
            "online": counts[Contact.ONLINE],
            "silent": counts[Contact.SILENT],
            "total": table.paginator.count,
            "export_rows": EXPORT_ROWS,
        }


class DeviceExport(DeviceList):
    """What the list shows, as a file."""

    def get_table_pagination(self, table: DeviceTable) -> bool:
        return False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"table": self.get_table(**self.get_table_kwargs())}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        user = self.request.user
        audit.record(AuditEntry.Verb.EXPORTED, "Devices", user=user, address=audit.address_of(self.request))
        return csv_of(context["table"], "devices")
