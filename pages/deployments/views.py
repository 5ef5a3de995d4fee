"""All deployments, and one: whom it reaches; making and changing it, each with a preview that counts devices.

A form and its preview are GETs of the same address, so that the way back keeps what was filled in and nothing is
written on the way; only the button under the preview is a POST, and that is checked anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from applications.authoring.deployments import save_deployment
from applications.authoring.reached import outreach
from applications.authoring.saving import SaveRefused
from applications.in_sight import deployment_in_sight, on_collection
from applications.models import Application, Deployment
from audit.log import who_asks
from audit.models import AuditEntry
from devices.access.permissions import ADD_DEPLOYMENT, CHANGE_DEPLOYMENT, DELETE_DEPLOYMENT, READ_APPLICATION
from devices.access.rights import require
from devices.models import Collection
from pages.deployments.filters import DeploymentFilter
from pages.deployments.form import DeploymentChangeForm, DeploymentForm
from pages.deployments.preview import facts_of, preview, title
from pages.deployments.table import DeploymentTable
from ui.address import changed
from ui.lists.page import ListExport, ListPage

CHOSEN = ("application", "collection", "purpose", "available_from", "deadline")


class DeploymentList(ListPage):
    filterset_class = DeploymentFilter
    table_class = DeploymentTable
    template_name = "deployments/list.html"

    def check_access(self) -> None:
        require(self.request.user, READ_APPLICATION)

    def get_queryset(self) -> QuerySet[Deployment]:
        rows = Deployment.objects.visible_to(self.request.user)
        return rows.select_related("application", "collection", "created_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user = self.request.user
        return context | {
            "any": context["total"] or Deployment.objects.visible_to(user).exists(),
            "anything": Application.objects.visible_to(user).exists(),
            "pills": self.filterset.pills("way"),
            "narrowed": self.narrowed(),
        }

    def narrowed(self) -> list[str]:
        """What the list was narrowed to by a link from elsewhere: the application, the collection."""
        chosen = self.filterset.form.cleaned_data if self.filterset.is_valid() else {}
        user, found = self.request.user, []
        if pk := _key(chosen.get("application")):
            found += [str(row) for row in Application.objects.visible_to(user).filter(pk=pk)]
        if pk := _key(chosen.get("collection")):
            found += [str(row) for row in Collection.objects.visible_to(user).filter(pk=pk)]
        return found


class DeploymentExport(ListExport, DeploymentList):
    export_name, export_kind = AuditEntry.Kind.DEPLOYMENTS.label, AuditEntry.Kind.DEPLOYMENTS


def _key(value: Any) -> int:
    return int(value) if value and value == int(value) and 0 < value < 2**63 else 0


def deployment(request: HttpRequest, pk: int) -> HttpResponse:
    found = deployment_in_sight(request.user, pk)
    return render(request, "deployments/detail.html", context_of(request, found))


def context_of(request: HttpRequest, found: Deployment) -> dict[str, Any]:
    user = request.user
    return {
        "deployment": found,
        "facts": facts_of(found),
        "preview": preview(request, found, outreach(found, user)),
        "may_change": user.has_perm(CHANGE_DEPLOYMENT) and on_collection(user, CHANGE_DEPLOYMENT, found.collection_id),
        "may_delete": user.has_perm(DELETE_DEPLOYMENT) and on_collection(user, DELETE_DEPLOYMENT, found.collection_id),
    }


def create(request: HttpRequest) -> HttpResponse:
    require(request.user, READ_APPLICATION, ADD_DEPLOYMENT)
    given = given_by(request)
    form = DeploymentForm(given, initial=initial_of(request), user=request.user)
    new = Deployment(created_by_id=request.user.pk)
    return form_or_preview(request, form, new, _("New deployment"))


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = deployment_in_sight(request.user, pk, CHANGE_DEPLOYMENT)
    form = DeploymentChangeForm(given_by(request), initial=initial_of(request), instance=found, user=request.user)
    return form_or_preview(request, form, found, _("Change the deployment"))


def given_by(request: HttpRequest) -> Any:
    """What was filled in; None when the form is opened."""
    if request.method == "POST":
        return request.POST
    return request.GET if "preview" in request.GET else None


def initial_of(request: HttpRequest) -> dict[str, Any]:
    """What a link to the form has chosen already; on the way back from the preview all that was filled in."""
    given: dict[str, Any] = {name: request.GET[name] for name in CHOSEN if request.GET.get(name)}
    if "back" in request.GET:
        given = dict.fromkeys(CHOSEN) | given | {"requires_approval": bool(request.GET.get("requires_approval"))}
    return given


def form_or_preview(request: HttpRequest, form: Any, wanted: Deployment, heading: str) -> HttpResponse:
    """The form as long as something is wrong, then the preview, and after its button the deployment itself."""
    changing = wanted.pk
    if not (form.is_bound and form.is_valid()):
        context = {"form": form, "title": heading, "deployment": wanted if changing else None}
        context |= {"facts": facts_of(wanted)} if changing else {}
        return render(request, "deployments/edit.html", context)
    for name, value in form.cleaned_data.items():
        setattr(wanted, name, value)
    if request.method == "POST":
        try:
            save_deployment(wanted, **who_asks(request))
        except SaveRefused as refused:
            for reason in refused.reasons:
                messages.error(request, reason)
            return redirect("applications:deployments")
        sentence = _("Saved the deployment %(deployment)s.") if changing else _("Deployed: %(deployment)s.")
        messages.success(request, sentence % {"deployment": wanted})
        return redirect(wanted)
    found = outreach(wanted, request.user)
    context = {
        "deployment": wanted,
        "title": title(wanted, found, changing=bool(changing)),
        "facts": facts_of(wanted),
        "preview": preview(request, wanted, found),
        "fields": [(name, sent(value)) for name, value in form.cleaned_data.items() if value],
        "back": changed(request.GET, "preview", back="1"),
        "heading": heading,
    }
    return render(request, "deployments/preview.html", context)


def sent(value: Any) -> str:
    """A value for a hidden field; a moment with its offset, so that it stays that moment in every time zone."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(getattr(value, "pk", "on" if value is True else value))
