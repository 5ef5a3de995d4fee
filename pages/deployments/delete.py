"""Deletes a deployment, after the question that says what changes for how many devices."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from applications.authoring.deployments import delete_deployment
from applications.in_sight import deployment_in_sight
from applications.models import Deployment
from devices.access.permissions import DELETE_DEPLOYMENT
from pages.authoring.delete_page import AuthoredDeletePage
from pages.deployments.preview import deletion_question
from pages.deployments.views import context_of


class DeleteDeployment(AuthoredDeletePage):
    template_name = "deployments/detail.html"
    list_url = "applications:deployments"
    object: Deployment

    def find(self) -> Deployment:
        return deployment_in_sight(self.request.user, self.kwargs["pk"], DELETE_DEPLOYMENT)

    def delete_object(self, **by: Any) -> None:
        delete_deployment(self.object, **by)

    def get_success_message(self, name: str) -> str:
        return _("Deleted the deployment %(deployment)s.") % {"deployment": name}

    def answer_refused(self, reasons: list[str]) -> HttpResponse:
        """Nothing but a coincidence refuses it: what the page would ask again need not hold any more."""
        messages.error(self.request, " ".join(reasons))
        return redirect(self.get_success_url())

    def get_page_context(self) -> dict[str, Any]:
        return context_of(self.request, self.object)

    def get_question(self, page: dict[str, Any]) -> dict[str, Any]:
        return deletion_question(self.object, page["preview"]["found"], self.request.user)
