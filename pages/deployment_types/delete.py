"""Deletes a deployment type, but not the last one of something that is deployed."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from applications.authoring.deployment_types import delete_type, why_type_stays
from applications.models import DeploymentType
from devices.access.permissions import DELETE_TYPE
from pages.applications.views import context_of
from pages.authoring.delete_page import AuthoredDeletePage
from pages.deployment_types.views import type_in_sight


class DeleteDeploymentType(AuthoredDeletePage):
    template_name = "applications/detail.html"
    object: DeploymentType

    def find(self) -> DeploymentType:
        return type_in_sight(self.request, self.kwargs["pk"], self.kwargs["type_pk"], DELETE_TYPE)

    def why_not(self) -> list[str]:
        return [why] if (why := why_type_stays(self.object)) else []

    def delete_object(self, **by: Any) -> None:
        delete_type(self.object, **by)

    def get_success_message(self, name: str) -> str:
        return _("Deleted deployment type %(name)s.") % {"name": name}

    def get_success_url(self) -> str:
        return reverse("applications:detail", args=[self.kwargs["pk"]])

    def get_page_context(self) -> dict[str, Any]:
        return context_of(self.request, self.object.application)

    def get_question(self, page: dict[str, Any]) -> dict[str, Any]:
        return {
            "title": _("Delete deployment type %(name)s?") % {"name": self.object},
            "text": _(
                "Nothing is uninstalled. Devices for which it is the only one that fits can no longer install, repair "
                "or uninstall %(application)s, and no longer say whether it is there."
            )
            % {"application": self.object.application},
        }
