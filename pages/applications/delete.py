"""Deletes an application (or, as a base, an application group) that nobody deployed and nobody asked for."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.authoring.applications import delete_application, why_not_deleted
from applications.in_sight import application_in_sight
from applications.models import Application, Report
from devices.access.permissions import DELETE_APPLICATION
from devices.models import Device, Person
from pages.applications.views import context_of
from pages.authoring.delete_page import AuthoredDeletePage


class DeleteApplication(AuthoredDeletePage):
    template_name = "applications/detail.html"
    list_url = "applications:list"
    object: Application

    def find(self) -> Application:
        return application_in_sight(self.request.user, self.kwargs["pk"], DELETE_APPLICATION)

    def why_not(self) -> list[str]:
        return why_not_deleted(self.object)

    def delete_object(self, **by: Any) -> None:
        delete_application(self.object, **by)

    def get_success_message(self, name: str) -> str:
        return _("Deleted %(application)s.") % {"application": name}

    def get_page_context(self) -> dict[str, Any]:
        return context_of(self.request, self.object)

    def get_question(self, page: dict[str, Any]) -> dict[str, Any]:
        found = self.object
        text = _("It is not deployed and nobody ever asked for it. Nothing is uninstalled.")
        if names := ", ".join(str(other) for other in found.supersedes.order_by("name", "version")):
            text += " " + _("Nothing supersedes %(applications)s any more.") % {"applications": names}
        if number := reported(found, self.request.user):
            text += " " + ngettext(
                "What the client of %(count)d device reported of it is forgotten.",
                "What the clients of %(count)d devices reported of it is forgotten.",
                number,
            ) % {"count": number}
        return {"title": _("Delete %(application)s?") % {"application": found}, "text": text}


def reported(found: Application, user: Any) -> int:
    """On how many devices in sight clients have reported something of it."""
    in_sight = Q(person__isnull=True) | Q(person__in=Person.objects.visible_to(user))
    reports = Report.objects.filter(in_sight, application=found, device__in=Device.objects.visible_to(user))
    return reports.values("device").distinct().count()
