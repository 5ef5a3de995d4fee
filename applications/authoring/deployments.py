"""Saves and deletes a deployment."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from applications.authoring.deployment_types import locked
from applications.authoring.groups import content_of
from applications.authoring.saving import SaveRefused, deleted_meanwhile, one_transaction, refuse
from applications.authoring.tasks import announce
from applications.models import Application, Deployment
from applications.rules.deployments import Plan, cannot_deploy, problems
from applications.status.steps import Steps
from audit.changes import state
from audit.log import Subject, record_change
from audit.models import AuditEntry
from devices.models import Collection

FIELDS = ("application", "collection", "purpose", "requires_approval", "available_from", "deadline")


@one_transaction
def save_deployment(deployment: Deployment, **by: Any) -> None:
    before = _current(deployment)
    if before is None:
        application = locked(deployment.application_id)
        # what comes with it too: none of that may lose its last deployment type meanwhile
        list(_parts(application).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        refuse(cannot_deploy(content_of(application)))
        if Deployment.objects.filter(application=application, collection=deployment.collection_id).exists():
            raise SaveRefused(deployed_already(deployment))
    refuse(*problems(plan_of(deployment), plan_of(before) if before else None))
    deployment.save()
    Collection.objects.filter(pk=deployment.collection_id).mark_as_targets()
    known = state(before, FIELDS) if before else None
    changed = record_change(_subject(deployment), known, state(deployment, FIELDS), **by)
    if changed and not (deployment.requires_approval and (before is None or before.requires_approval)):
        announce(collections=[deployment.collection_id])  # what requires approval is in nobody's policy (R16)


@one_transaction
def delete_deployment(deployment: Deployment, **by: Any) -> None:
    before = _current(deployment)
    if before is None:
        raise deleted_meanwhile()
    subject = _subject(before)
    before_it_went = state(before, FIELDS)
    deployment.delete()
    record_change(subject, before_it_went, None, **by)
    if not before.requires_approval:
        announce(collections=[before.collection_id])


def plan_of(deployment: Deployment) -> Plan:
    return Plan(
        application=deployment.application_id,
        collection=deployment.collection_id,
        purpose=deployment.purpose,
        requires_approval=deployment.requires_approval,
        available_from=deployment.available_from,
        deadline=deployment.deadline,
    )


def deployed_already(deployment: Deployment) -> str:
    return _("%(application)s is deployed to %(collection)s already. Change that deployment instead.") % {
        "application": deployment.application,
        "collection": deployment.collection,
    }


def _subject(deployment: Deployment) -> Subject:
    return Subject.of(AuditEntry.Kind.DEPLOYMENT, deployment)


def _current(deployment: Deployment) -> Deployment | None:
    """As it stands in the database, locked; None for a new one."""
    if deployment.pk is None:
        return None
    rows = Deployment.objects.select_for_update(no_key=True, of=("self",)).select_related("application", "collection")
    row = rows.filter(pk=deployment.pk).first()
    if row is None:
        raise deleted_meanwhile()
    return row


def _parts(application: Application) -> Any:
    """What comes with it: the members of a group, and what is installed before."""
    members = [place.application for place in application.group_members.select_related("application")]
    return Application.objects.filter(pk__in=Steps([application, *members]).everything - {application.pk})
