"""The pages on which a deployment type is made and changed."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from applications.authoring.saving import SaveRefused
from applications.in_sight import application_in_sight
from applications.models import Application, DeploymentType
from audit.log import who_asks
from devices.access.permissions import ADD_APPLICATION, ADD_TYPE, CHANGE_TYPE, READ_APPLICATION
from devices.access.rights import require
from pages.authoring.more_rows import more_rows
from pages.deployment_types.forms import TypeForms
from pages.deployment_types.upload import with_file


def create(request: HttpRequest, pk: int) -> HttpResponse:
    application = application_in_sight(request.user, pk, ADD_TYPE)
    last = application.deployment_types.aggregate(last=Max("priority"))["last"] or 0
    new = DeploymentType(application=application, priority=min(last + 1, 32767))
    return form_or_redirect(request, new, _("New deployment type"))


def create_from_file(request: HttpRequest) -> HttpResponse:
    """An application and its deployment type at once, out of what a file says of itself."""
    require(request.user, READ_APPLICATION, ADD_APPLICATION, ADD_TYPE)
    return form_or_redirect(request, DeploymentType(application=Application()), _("New application from a file"))


def edit(request: HttpRequest, pk: int, type_pk: int) -> HttpResponse:
    each = type_in_sight(request, pk, type_pk, CHANGE_TYPE)
    return form_or_redirect(request, each, _("Change %(name)s") % {"name": each})


def type_in_sight(request: HttpRequest, pk: int, type_pk: int, permission: str) -> DeploymentType:
    application = application_in_sight(request.user, pk, permission)
    return get_object_or_404(application.deployment_types.select_related("application"), pk=type_pk)


def form_or_redirect(request: HttpRequest, each: DeploymentType, title: str) -> HttpResponse:
    """The form, or the way back to the application when it is saved."""
    new, problem = each.pk is None, ""
    data = more_rows(request, "requirement") if request.method == "POST" else None
    if data is not None and "file" in request.FILES:  # without script a file comes with the form
        data, problem = with_file(request, data)
    forms = TypeForms(each, request.user, data)
    if data and "read" in data:
        problem = problem or forms.fill_in()
    elif data and not problem and "more" not in data and forms.are_valid():
        try:
            saved = forms.save(**who_asks(request))
        except SaveRefused as refused:
            forms.type.add_error(None, list(refused.reasons))
        else:
            sentence = _("Made deployment type %(name)s.") if new else _("Saved deployment type %(name)s.")
            messages.success(request, sentence % {"name": saved})
            return redirect(saved.application)
    context = {
        "form": forms.type,
        "about": forms.about,
        "requirements": forms.requirements,
        "application": each.application,
        "type": each,
        "title": title,
        "uploaded": forms.type.uploaded(),
        "found": forms.found,
        "reads": bool(data and "read" in data),
        "problem": problem,
    }
    return render(request, "deployment_types/edit.html", context)
