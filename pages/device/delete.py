"""Deletes a device, with its requests and their history."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Request
from audit.models import AuditEntry
from devices.access.in_sight import device_in_sight
from devices.access.permissions import DELETE_DEVICE
from devices.models import Collection, CollectionRule, Device
from ui.delete_page import DeletePage


class DeleteDevice(DeletePage):
    icon = "laptop"
    list_url, list_label, detail_url = "devices:list", gettext_lazy("All devices"), "devices:overview"
    kind, fields = AuditEntry.Kind.DEVICE, ("site", "os", "client_version")
    object: Device

    def find(self) -> Device:
        return device_in_sight(self.request.user, self.kwargs["pk"], DELETE_DEVICE)

    def why_not(self) -> list[str]:
        return [_("It is connected at this moment. Stop its client first.")] if self.object.stream else []

    def consequences(self) -> list[tuple[str, Any]]:
        user, device = self.request.user, self.object
        collections = Collection.objects.visible_to(user)
        return [
            (_("Requests and their history"), Request.objects.visible_to(user).filter(device=device).count()),
            (
                _("Collections with this device as a direct member"),
                CollectionRule.objects.filter(device=device, collection__in=collections).count(),
            ),
        ]
