"""All application groups, and one: its members in the order in which they install, and where it is deployed (R13)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from applications.authoring.groups import save_group
from applications.authoring.saving import SaveRefused
from applications.in_sight import application_in_sight
from applications.models import Application, Deployment, GroupMember
from applications.rules.versions import GROUPS_FROM
from audit.log import who_asks
from audit.models import AuditEntry
from devices.access.permissions import ADD_APPLICATION, CHANGE_APPLICATION, READ_APPLICATION
from devices.access.rights import require
from pages.applications.application_page import counted, detail
from pages.applications.views import ApplicationList
from pages.authoring.fields import selectable
from pages.authoring.more_rows import more_rows
from pages.groups.filters import GroupListFilter
from pages.groups.form import GroupForm, MemberRows
from pages.groups.table import GroupTable
from ui.lists.page import ListExport


class GroupList(ApplicationList):
    filterset_class = GroupListFilter
    table_class = GroupTable
    template_name = "groups/list.html"

    def everything(self) -> QuerySet[Application]:
        return Application.objects.visible_to(self.request.user).filter(is_group=True)

    def get_queryset(self) -> QuerySet[Application]:
        members = GroupMember.objects.filter(group=OuterRef("pk"))
        deployments = Deployment.objects.visible_to(self.request.user).filter(application=OuterRef("pk"))
        rows = self.everything().prefetch_related("group_members__application")
        return rows.annotate(
            number_of_members=counted(members, "group"), number_of_deployments=counted(deployments, "application")
        )


class GroupListExport(ListExport, GroupList):
    export_name, export_kind = AuditEntry.Kind.APPLICATION_GROUPS.label, AuditEntry.Kind.APPLICATION_GROUPS


def group(request: HttpRequest, pk: int) -> HttpResponse:
    found = application_in_sight(request.user, pk, is_group=True)
    return render(request, "groups/detail.html", context_of(request, found))


def context_of(request: HttpRequest, found: Application) -> dict[str, Any]:
    places = found.group_members.select_related("application").prefetch_related("application__deployment_types")
    return detail(request, found) | {"members": list(places), "groups_from": GROUPS_FROM}


def create(request: HttpRequest) -> HttpResponse:
    require(request.user, READ_APPLICATION, ADD_APPLICATION)
    return form_or_redirect(request, Application(is_group=True), _("New application group"))


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = application_in_sight(request.user, pk, CHANGE_APPLICATION, is_group=True)
    return form_or_redirect(request, found, _("Change %(application)s") % {"application": found})


def form_or_redirect(request: HttpRequest, found: Application, title: str) -> HttpResponse:
    """The form, or the way back to the group that was saved."""
    new = found.pk is None
    data = more_rows(request, "member") if request.method == "POST" else None
    form = GroupForm(data, instance=found)
    places = [] if new else list(found.group_members.values("application", "position"))
    members = MemberRows(data, prefix="member", initial=places, form_kwargs={"choices": selectable()})
    if data and "more" not in data and form.is_valid() & members.is_valid():
        try:
            save_group(form.save(), members.chosen(), **who_asks(request))
        except SaveRefused as refused:
            form.add_error(None, list(refused.reasons))
        else:
            sentence = _("Made %(application)s.") if new else _("Saved %(application)s.")
            messages.success(request, sentence % {"application": found})
            return redirect(found)
    context = {
        "form": form,
        "members": members,
        "title": title,
        "group": None if new else Application.objects.get(pk=found.pk),
    }
    return render(request, "groups/edit.html", context)
