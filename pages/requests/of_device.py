"""The requests of one device, newest first."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from applications.models import Request
from devices.access.in_sight import device_in_sight
from devices.access.permissions import READ_APPLICATION
from pages.requests.table import RequestTable
from ui.lists.page import ListPage


class DeviceRequests(ListPage):
    table_class = RequestTable
    template_name = "requests/of_device.html"

    def check_access(self) -> None:
        self.device = device_in_sight(self.request.user, self.kwargs["pk"], READ_APPLICATION)

    def get_queryset(self) -> QuerySet[Request]:
        requests = Request.objects.visible_to(self.request.user).filter(device=self.device)
        return requests.select_related("device", "application", "target", "person")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"exclude": ("device",)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"device": self.device}
