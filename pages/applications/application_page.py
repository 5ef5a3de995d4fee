"""What the pages of an application and of a group have in common: its deployments, and the question before it goes."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.authoring.applications import why_not_deleted
from applications.in_sight import elsewhere, holds_everywhere
from applications.models import Application, Deployment, Report
from devices.access.permissions import ADD_TYPE, CHANGE_APPLICATION, CHANGE_TYPE, DELETE_APPLICATION, DELETE_TYPE
from devices.models import Device, Person
from pages.deployments.table import DeploymentsHere

DEPLOYMENTS_SHOWN = 25
BUTTONS = {
    "change": CHANGE_APPLICATION,
    "delete": DELETE_APPLICATION,
    "add_type": ADD_TYPE,
    "change_type": CHANGE_TYPE,
    "delete_type": DELETE_TYPE,
}


def counted(rows: QuerySet[Any], by: str) -> Coalesce:
    """How many rows there are for one of the outer query, to which `by` refers."""
    number = rows.order_by().values(by).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


def detail(request: HttpRequest, found: Application) -> dict[str, Any]:
    deployments = Deployment.objects.visible_to(request.user).filter(application=found)
    rows = deployments.select_related("application", "collection").order_by("collection__name")
    shown = list(rows[: DEPLOYMENTS_SHOWN + 1])
    table = DeploymentsHere(shown[:DEPLOYMENTS_SHOWN], orderable=False)
    table.request = request
    user = request.user
    stays = user.has_perm(CHANGE_APPLICATION) and not holds_everywhere(user, CHANGE_APPLICATION, found)
    return {
        "application": found,
        "deployments": table,
        "shown": len(shown),
        "more": len(shown) > DEPLOYMENTS_SHOWN,
        "elsewhere": elsewhere(CHANGE_APPLICATION, found) if stays else "",
        "may": {name: user.has_perm(permission) and not stays for name, permission in BUTTONS.items()},
    }


def deletion(request: HttpRequest, found: Application) -> dict[str, Any]:
    """The question; or, where it cannot be deleted, why not."""
    reasons = why_not_deleted(found)
    if reasons:
        return {"refused": reasons}
    text = _("It is not deployed and nobody ever asked for it. Nothing is uninstalled.")
    if names := ", ".join(str(other) for other in found.supersedes.order_by("name", "version")):
        text += " " + _("Nothing supersedes %(applications)s any more.") % {"applications": names}
    number = reported(found, request.user)
    if number:
        text += " " + ngettext(
            "What the client of %(count)d device reported of it is forgotten.",
            "What the clients of %(count)d devices reported of it is forgotten.",
            number,
        ) % {"count": number}
    return {"question": {"title": _("Delete %(application)s?") % {"application": found}, "text": text}}


def reported(found: Application, user: Any) -> int:
    """On how many devices in sight clients have reported something of it."""
    in_sight = Q(person__isnull=True) | Q(person__in=Person.objects.visible_to(user))
    reports = Report.objects.filter(in_sight, application=found, device__in=Device.objects.visible_to(user))
    return reports.values("device").distinct().count()
