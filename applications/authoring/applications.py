"""Saves and deletes an application; a circle of supersedence cannot come to be, whoever saves at the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _

from applications.authoring.order import dependencies_of, refuse_circles, write_dependencies
from applications.authoring.saving import SaveRefused, deleted_meanwhile, one_transaction
from applications.authoring.signatures import refuse_unsigned, sign
from applications.authoring.tasks import announce
from applications.models import Application, Request, RequestStep
from applications.revisions.definitions import Definition, of_application
from audit.changes import State, state
from audit.log import Subject, record_change
from audit.models import AuditEntry

FIELDS = ("name", "version", "publisher", "description", "superseded_by", "uninstall_first")
# What clients act on; the rest is for people.
TOLD = {"name", "version", "superseded_by", "uninstall_first", "dependencies"}


@one_transaction
def save_application(application: Application, needs: Sequence[int] | None = None, **by: Any) -> None:
    """`needs`: the applications (ids) that are installed before it, in order; None: as it is now."""
    if application.pk or application.superseded_by_id or needs:
        refuse_circles(application, needs)  # first: it takes the locks in order
    before = state_of(application)
    _refuse_no_way_to_uninstall(application)
    signed: Definition = {"deployment_types": []}
    if application.pk is None:
        application.created_by = by.get("user")
    else:
        signed = refuse_unsigned(application)
    known = None if before is None else before | {"dependencies": dependencies_of(application)}
    application.save()
    if needs is not None:
        write_dependencies(application, needs)
    order = signed.get("dependencies", []) if needs is None else needs
    facts = sign(application, of_application(application, signed["deployment_types"], order), **by)
    now = state(application, FIELDS) | {"dependencies": dependencies_of(application)}
    changed = record_change(subject_of(application), known, now, facts, **by)
    if before and TOLD & changed.keys():
        announce(applications=[application.pk])


def _refuse_no_way_to_uninstall(application: Application) -> None:
    if not application.uninstall_first:
        return
    if not application.superseded_by_id:
        raise SaveRefused(_("Only what is superseded can be uninstalled before what supersedes it."))
    if not application.pk or not application.deployment_types.exclude(uninstall_command="").exists():
        raise SaveRefused(
            _("None of its deployment types has an uninstall command, so it cannot be uninstalled first.")
        )


def state_of(application: Application) -> State | None:
    """How an application (or group) that is there stands in the database, locked; None for a new one."""
    if application.pk is None:
        return None
    rows = Application.objects.select_for_update(no_key=True, of=("self",)).select_related("superseded_by")
    row = rows.filter(pk=application.pk).first()
    if row is None:
        raise deleted_meanwhile()
    return state(row, FIELDS)


@one_transaction
def delete_application(application: Application, **by: Any) -> None:
    """Also of a group."""
    before = state_of(application)
    if reasons := why_not_deleted(application):
        raise SaveRefused(*reasons)
    subject, pk = subject_of(application), application.pk
    try:
        application.delete()
    except ProtectedError:
        raise SaveRefused(_("Something that must be kept refers to it.")) from None
    record_change(subject, before, None, **by)
    announce(applications=[pk])


def subject_of(application: Application) -> Subject:
    """For the audit log; also of a group."""
    kind = AuditEntry.Kind.APPLICATION_GROUP if application.is_group else AuditEntry.Kind.APPLICATION
    return Subject.of(kind, application)


def why_not_deleted(application: Application) -> list[str]:
    """Its history would be lost, or something would be left with nothing to install. Retired is what is not deployed:
    no device lists it any more, and what was done with it stays in the history."""
    reasons = []
    if application.deployments.exists():
        reasons.append(_("It is deployed. Delete its deployments first."))
    if groups := list(Application.objects.filter(group_members__application=application)):
        names = ", ".join(str(group) for group in groups)
        reasons.append(_("It is a member of a group: %(groups)s. Take it out first.") % {"groups": names})
    if needing := list(Application.objects.filter(needs__needs=application)):
        names = ", ".join(str(each) for each in needing)
        reasons.append(
            _("Other applications need it: %(applications)s. Take it out there first.") % {"applications": names}
        )
    asked = Request.objects.filter(Q(application=application) | Q(target=application))
    if asked.exists() or RequestStep.objects.filter(application=application).exists():
        reasons.append(
            _(
                "It has been asked for on devices, and that history is kept. To retire it, delete its deployments: "
                "then no device lists it any more and nobody can ask for it."
            )
        )
    return reasons
