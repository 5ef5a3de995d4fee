"""Which applications and deployments somebody may see and change; what is not permitted says why (R18, R19).

An application has no collection of its own. Changing one changes it wherever it is deployed, so the permission must
hold on every collection that it is deployed to: by itself, in a group, instead of what it supersedes, or before what
needs it. And on every device that looks for it without a deployment, because it was installed or asked for there: its
commands run there too. One that nobody else has deployed is for who made it, and for who has the permission on every
device: who deploys another's draft to a collection of their own does not get it into their hands by that.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from applications.models import Application, Deployment, Report, Request
from applications.status.steps import carriers
from devices.access.permissions import READ_APPLICATION
from devices.access.powers import in_words
from devices.access.rights import require
from devices.models import Collection, DeviceMember
from devices.models.collection import collections_of


def application_in_sight(user: Any, pk: int, *permissions: str, is_group: bool = False) -> Application:
    """The application (or group); every permission must hold wherever it is deployed."""
    require(user, READ_APPLICATION)
    applications = Application.objects.visible_to(user).select_related("superseded_by", "revision")
    application = get_object_or_404(applications, pk=pk, is_group=is_group)
    require(user, *permissions)
    for permission in permissions:
        if why := not_enough(user, permission, application):
            raise PermissionDenied(why)
    return application


def not_enough(user: Any, permission: str, application: Application) -> str:
    """Why the permission is not enough for this application, as a sentence; empty when it is."""
    collections = collections_of(user, permission)
    if collections is None:
        return ""
    about = {"application": application, "permission": in_words(permission)}
    deployments = list(deployments_of(application).order_by().values_list("collection", "created_by"))
    deployed = {collection for collection, _by in deployments}
    mine = Exists(DeviceMember.objects.filter(device=OuterRef("device"), collection__in=collections))
    looked_for = Report.objects.filter(application=application, ever_installed=True)
    brings = carriers([application.pk])
    asked_for = Request.objects.open().filter(Q(target__in=brings) | Q(target__group_members__application__in=brings))
    if deployed - collections or looked_for.exclude(mine).exists() or asked_for.exclude(mine).exists():
        return (
            _(
                "%(application)s is also deployed to collections, or installed on devices, on which you do not "
                "have the permission “%(permission)s”."
            )
            % about
        )
    if application.created_by_id == user.pk or any(by != user.pk for _collection, by in deployments):
        return ""
    if Collection.objects.filter(pk__in=collections, kind=Collection.Kind.DEVICES, built_in=True).exists():
        return ""
    return (
        _(
            "Nobody else has deployed %(application)s: who made it can change it, and who has the permission "
            "“%(permission)s” on every device."
        )
        % about
    )


def deployments_of(application: Application) -> QuerySet[Deployment]:
    """Through which the application gets somewhere: its own, those of its groups, of all that it supersedes and of all
    that needs it."""
    brings = carriers([application.pk])
    in_groups = Q(application__group_members__application__in=brings)
    return Deployment.objects.filter(Q(application__in=brings) | in_groups).distinct()


def deployment_in_sight(user: Any, pk: int, *permissions: str) -> Deployment:
    """The deployment; every permission must hold on its collection."""
    require(user, READ_APPLICATION)
    deployments = Deployment.objects.visible_to(user).select_related("application", "collection", "created_by")
    deployment = get_object_or_404(deployments, pk=pk)
    require(user, *permissions)
    for permission in permissions:
        if not on_collection(user, permission, deployment.collection_id):
            raise PermissionDenied(
                _("You need the permission “%(permission)s” on the collection %(collection)s for this.")
                % {"permission": in_words(permission), "collection": deployment.collection}
            )
    return deployment


def on_collection(user: Any, permission: str, collection: int) -> bool:
    collections = collections_of(user, permission)
    return collections is None or collection in collections


def collections_for(user: Any, permission: str) -> QuerySet[Collection]:
    """Those that the user may read and has the permission on."""
    collections = collections_of(user, permission)
    readable = Collection.objects.visible_to(user)
    return readable if collections is None else readable.filter(pk__in=collections)
