"""What the pages of an application and of a group have in common: its deployments, and who may change it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from applications.in_sight import not_enough
from applications.models import Application, Deployment
from applications.revisions.definitions import stands_as_signed
from devices.access.permissions import ADD_TYPE, CHANGE_APPLICATION, CHANGE_TYPE, DELETE_APPLICATION, DELETE_TYPE
from pages.deployments.table import DeploymentsHere

MAX_DEPLOYMENTS = 25
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
    shown = list(rows[: MAX_DEPLOYMENTS + 1])
    table = DeploymentsHere(shown[:MAX_DEPLOYMENTS], orderable=False)
    table.request = request
    user = request.user
    stays = not_enough(user, CHANGE_APPLICATION, found) if user.has_perm(CHANGE_APPLICATION) else ""
    return {
        "application": found,
        "stands": stands_as_signed(found),
        "deployments": table,
        "shown": len(shown),
        "more": len(shown) > MAX_DEPLOYMENTS,
        "elsewhere": stays,
        "may": {name: user.has_perm(permission) and not stays for name, permission in BUTTONS.items()},
    }
