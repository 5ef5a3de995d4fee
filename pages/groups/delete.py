"""Deletes an application group that is not deployed and that nobody asked for."""

from __future__ import annotations

from typing import Any

from applications.in_sight import application_in_sight
from applications.models import Application
from devices.access.permissions import DELETE_APPLICATION
from pages.applications.delete import DeleteApplication
from pages.groups.views import context_of


class DeleteGroup(DeleteApplication):
    template_name = "groups/detail.html"
    list_url = "applications:groups"

    def find(self) -> Application:
        return application_in_sight(self.request.user, self.kwargs["pk"], DELETE_APPLICATION, is_group=True)

    def get_page_context(self) -> dict[str, Any]:
        return context_of(self.request, self.object)
