"""All applications, and one: what it is, how it installs, where it is deployed, what supersedes it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from applications.authoring.applications import save_application
from applications.authoring.saving import SaveRefused
from applications.in_sight import application_in_sight
from applications.models import Application, Deployment, DeploymentType
from audit.log import who_asks
from audit.models import AuditEntry
from devices.access.permissions import ADD_APPLICATION, CHANGE_APPLICATION, READ_APPLICATION
from devices.access.rights import require
from pages.applications.application_page import counted, detail
from pages.applications.filters import ApplicationListFilter
from pages.applications.form import ApplicationForm, DependencyRows
from pages.applications.table import ApplicationTable
from pages.authoring.fields import selectable
from pages.authoring.more_rows import more_rows
from pages.authoring.type_in_words import facts_of
from ui.lists.page import ListExport, ListPage


class ApplicationList(ListPage):
    filterset_class = ApplicationListFilter
    table_class = ApplicationTable
    template_name = "applications/list.html"

    def check_access(self) -> None:
        require(self.request.user, READ_APPLICATION)

    def everything(self) -> QuerySet[Application]:
        """What the list is made of, before anything is filtered."""
        return Application.objects.visible_to(self.request.user).filter(is_group=False)

    def get_queryset(self) -> QuerySet[Application]:
        types = DeploymentType.objects.filter(application=OuterRef("pk"))
        deployments = Deployment.objects.visible_to(self.request.user).filter(application=OuterRef("pk"))
        rows = self.everything().select_related("superseded_by").prefetch_related("deployment_types")
        return rows.annotate(
            number_of_types=counted(types, "application"), number_of_deployments=counted(deployments, "application")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {
            "any": context["total"] or self.everything().exists(),
            "pills": self.filterset.pills("show"),
        }


class ApplicationListExport(ListExport, ApplicationList):
    export_name, export_kind = AuditEntry.Kind.APPLICATIONS.label, AuditEntry.Kind.APPLICATIONS


def application(request: HttpRequest, pk: int) -> HttpResponse:
    found = application_in_sight(request.user, pk)
    return render(request, "applications/detail.html", context_of(request, found))


def context_of(request: HttpRequest, found: Application) -> dict[str, Any]:
    prefetch_related_objects([found], "deployment_types__content")
    types = [{"type": each, "facts": facts_of(each)} for each in found.deployment_types.all()]
    return detail(request, found) | {
        "types": types,
        "needs": [each.needs for each in found.needs.select_related("needs")],
        "needed_by": list(Application.objects.filter(needs__needs=found).order_by("name", "version")),
        "supersedes": list(found.supersedes.order_by("name", "version")),
        "in_groups": list(found.groups.order_by("name", "version")),
    }


def create(request: HttpRequest) -> HttpResponse:
    require(request.user, READ_APPLICATION, ADD_APPLICATION)
    return form_or_redirect(request, Application(), _("New application"))


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = application_in_sight(request.user, pk, CHANGE_APPLICATION)
    return form_or_redirect(request, found, _("Change %(application)s") % {"application": found})


def form_or_redirect(request: HttpRequest, found: Application, title: str) -> HttpResponse:
    """The form, or the way back to the application that was saved."""
    new = found.pk is None
    data = more_rows(request, "dependency") if request.method == "POST" else None
    form = ApplicationForm(data, instance=found)
    places = [] if new else [{"application": each.needs_id, "position": each.position} for each in found.needs.all()]
    choices = {"choices": [(pk, name) for pk, name in selectable() if pk != found.pk]}
    needs = DependencyRows(data, prefix="dependency", initial=places, form_kwargs=choices)
    if data is not None and "more" not in data and form.is_valid() & needs.is_valid():
        try:
            save_application(form.save(), needs.chosen(), **who_asks(request))
        except SaveRefused as refused:
            form.add_error(None, list(refused.reasons))
        else:
            sentence = _("Made %(application)s.") if new else _("Saved %(application)s.")
            messages.success(request, sentence % {"application": found})
            return redirect(found)
    context = {
        "form": form,
        "needs": needs,
        "title": title,
        "application": None if new else Application.objects.get(pk=found.pk),
    }
    return render(request, "applications/edit.html", context)
