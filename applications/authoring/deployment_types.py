"""Saves and deletes a deployment type; something that is deployed keeps at least one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from applications.authoring.saving import SaveRefused, deleted_meanwhile, one_transaction, refuse
from applications.authoring.signatures import refuse_unsigned, sign
from applications.authoring.tasks import announce
from applications.in_sight import deployments_of
from applications.models import Application, DeploymentType
from applications.rules.definitions import detection_problems, requirements_problems
from applications.rules.returncodes import problems as return_code_problems
from audit.changes import state
from audit.log import Subject, record_change
from audit.models import AuditEntry

FIELDS = (
    "name",
    "priority",
    "platform",
    "run_as",
    "file_name",
    "content",
    "install_command",
    "uninstall_command",
    "repair_command",
    "detection",
    "requirements",
    "return_codes",
    "max_run_minutes",
)


@one_transaction
def save_type(each: DeploymentType, **by: Any) -> None:
    application = locked(each.application_id)
    if application.is_group:
        raise SaveRefused(_("A group has no deployment types of its own; its members have."))
    refuse(
        *detection_problems(each.detection, each.platform),
        *requirements_problems(each.requirements, each.platform),
        *return_code_problems(each.return_codes, platform=each.platform),
    )
    before = None
    if each.pk:
        row = application.deployment_types.filter(pk=each.pk).first()
        if row is None:
            raise deleted_meanwhile()
        before = state(row, FIELDS)
    refuse_unsigned(application)
    each.save()
    facts = {"application": str(application), **sign(application, **by)}
    if record_change(_subject(each), before, state(each, FIELDS), facts, **by):
        announce(applications=[application.pk])


@one_transaction
def delete_type(each: DeploymentType, **by: Any) -> None:
    application = locked(each.application_id)
    if why := why_type_stays(each):
        raise SaveRefused(why)
    refuse_unsigned(application)
    before, subject = state(each, FIELDS), _subject(each)
    each.delete()
    record_change(subject, before, None, {"application": str(application), **sign(application, **by)}, **by)
    announce(applications=[application.pk])


def _subject(each: DeploymentType) -> Subject:
    return Subject.of(AuditEntry.Kind.DEPLOYMENT_TYPE, each)


def why_type_stays(each: DeploymentType) -> str:
    """The last one of an application that is deployed: nothing would be left to run."""
    if DeploymentType.objects.filter(application=each.application_id).exclude(pk=each.pk).exists():
        return ""
    if not deployments_of(each.application).exists():
        return ""
    return _(
        "It is the only deployment type of %(application)s, which is deployed (by itself, in a group, instead of what "
        "it supersedes, or before what needs it), so nothing would be left to run. Delete those deployments first, or "
        "make another deployment type."
    ) % {"application": each.application}


def locked(pk: int) -> Application:
    """The application, locked, so that nobody deploys it while its last deployment type goes."""
    application = Application.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if application is None:
        raise deleted_meanwhile()
    return application
