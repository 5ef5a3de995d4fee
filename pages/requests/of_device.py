"""The requests of one device, newest first."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django_tables2 import SingleTableView

from applications.models import Request
from devices.access.in_sight import device_in_sight
from devices.access.permissions import READ_APPLICATION
from pages.requests.table import RequestTable
from ui.lists.paging import ListPaginator


class DeviceRequests(SingleTableView):
    table_class = RequestTable
    template_name = "requests/of_device.html"
    table_pagination = {"paginator_class": ListPaginator, "per_page": 50}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.device = device_in_sight(request.user, kwargs["pk"], READ_APPLICATION)
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Request]:
        requests = Request.objects.visible_to(self.request.user).filter(device=self.device)
        return requests.select_related("device", "application", "target", "person")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"exclude": ("device",)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"device": self.device, "total": context["table"].paginator.count}
