"""Deletes a role that nobody has."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.changes import State
from audit.models import AuditEntry
from devices.access.permissions import CHANGE_ROLE, VIEW_ROLE
from devices.access.rights import require
from devices.ready_made_names import role_name
from pages.roles.views import require_whole, state_of
from ui.delete_page import DeletePage


class DeleteRole(DeletePage):
    icon = "shield"
    list_url, list_label, detail_url = "devices:roles", gettext_lazy("Roles"), "devices:role"
    kind = AuditEntry.Kind.ROLE
    object: Group

    def find(self) -> Group:
        require(self.request.user, VIEW_ROLE, CHANGE_ROLE)
        found = get_object_or_404(Group, pk=self.kwargs["pk"])
        require_whole(self.request.user, found)
        return found

    def get_title(self) -> str:
        return role_name(self.object.name)

    def get_success_message(self, name: str) -> str:
        return super().get_success_message(role_name(name))

    def get_state(self) -> State:
        return state_of(self.object)

    def why_not(self) -> list[str]:
        if self.object.user_set.exists():
            return [_("Accounts have this role. Take it from them first.")]
        return []
