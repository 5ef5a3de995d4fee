"""Saves and deletes a deployment type; something that is deployed keeps at least one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from applications.authoring.saving import SaveRefused, deleted_meanwhile, one_transaction, refuse
from applications.authoring.signatures import refuse_unsigned, sign
from applications.authoring.tasks import announce
from applications.in_sight import deployments_of
from applications.models import Application, DeploymentType
from applications.revisions.definitions import Definition, in_order, type_of
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
def save_type(each: DeploymentType, *, another_file: bool = False, **by: Any) -> None:
    """`another_file`: its file was chosen or taken away just now; else it keeps the one that was signed."""
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
    signed = refuse_unsigned(application)
    known = next((one for one in signed["deployment_types"] if one["id"] == each.pk), None)
    each.save()
    mine = type_of(each)
    if known and not another_file:
        mine = {name: value for name, value in mine.items() if name != "content"}
        mine |= {"content": known["content"]} if "content" in known else {}
    meant = {**signed, "deployment_types": in_order([*_others(signed, each.pk), mine])}
    facts = {"application": str(application), **sign(application, meant, **by)}
    if record_change(_subject(each), before, state(each, FIELDS), facts, **by):
        announce(applications=[application.pk])


@one_transaction
def delete_type(each: DeploymentType, **by: Any) -> None:
    application = locked(each.application_id)
    if why := why_type_stays(each):
        raise SaveRefused(why)
    signed = refuse_unsigned(application)
    meant = {**signed, "deployment_types": _others(signed, each.pk)}
    before, subject = state(each, FIELDS), _subject(each)
    each.delete()
    record_change(subject, before, None, {"application": str(application), **sign(application, meant, **by)}, **by)
    announce(applications=[application.pk])


def _others(signed: Definition, pk: int | None) -> list[Definition]:
    return [one for one in signed["deployment_types"] if one["id"] != pk]


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
