"""The pages on which a deployment type is made and changed."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from applications.authoring.deployment_types import save_type
from applications.authoring.saving import SaveRefused
from applications.in_sight import application_in_sight
from applications.models import Application, DeploymentType
from applications.rules.definitions import ANY_PLATFORM
from audit.log import who_asks
from devices.access.permissions import ADD_TYPE, CHANGE_TYPE
from pages.authoring.more_rows import more_rows
from pages.deployment_types.form import DeploymentTypeForm
from pages.deployment_types.requirement_form import RequirementFormSet, initial_of


def create(request: HttpRequest, pk: int) -> HttpResponse:
    application = application_in_sight(request.user, pk, ADD_TYPE)
    last = application.deployment_types.aggregate(last=Max("priority"))["last"] or 0
    new = DeploymentType(application=application, priority=min(last + 1, 32767))
    return form_or_redirect(request, new, _("New deployment type"))


def edit(request: HttpRequest, pk: int, type_pk: int) -> HttpResponse:
    each = type_in_sight(request, pk, type_pk, CHANGE_TYPE)
    return form_or_redirect(request, each, _("Change %(name)s") % {"name": each})


def type_in_sight(request: HttpRequest, pk: int, type_pk: int, permission: str) -> DeploymentType:
    application = application_in_sight(request.user, pk, permission)
    return get_object_or_404(application.deployment_types.select_related("application"), pk=type_pk)


def form_or_redirect(request: HttpRequest, each: DeploymentType, title: str) -> HttpResponse:
    """The form, or the way back to the application when it is saved."""
    application: Application = each.application
    new = each.pk is None
    data = more_rows(request, "requirement") if request.method == "POST" else None
    form = DeploymentTypeForm(data, instance=each)
    platform = form.data.get("platform", ANY_PLATFORM) if data else each.platform
    requirements = RequirementFormSet(
        data,
        prefix="requirement",
        initial=[initial_of(requirement) for requirement in each.requirements],
        form_kwargs={"platform": platform},
    )
    if data and "more" not in data and form.is_valid() & requirements.is_valid():
        saved = form.save()
        saved.requirements = requirements.requirements()
        try:
            save_type(saved, **who_asks(request))
        except SaveRefused as refused:
            form.add_error(None, list(refused.reasons))
        else:
            sentence = _("Made deployment type %(name)s.") if new else _("Saved deployment type %(name)s.")
            messages.success(request, sentence % {"name": saved})
            return redirect(application)
    context = {"form": form, "requirements": requirements, "application": application, "title": title}
    return render(request, "deployment_types/edit.html", context)
