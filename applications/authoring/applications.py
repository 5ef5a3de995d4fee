"""Saves and deletes an application; a circle of supersedence cannot come to be, whoever saves at the same moment."""

from __future__ import annotations

from typing import Any

from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _

from applications.authoring.saving import SaveRefused, deleted_meanwhile, one_transaction, refuse
from applications.authoring.signatures import refuse_unsigned, sign
from applications.authoring.tasks import announce
from applications.models import Application, Request, RequestStep
from applications.rules import supersedence
from audit.changes import State, state
from audit.log import Subject, record_change
from audit.models import AuditEntry

FIELDS = ("name", "version", "publisher", "description", "superseded_by")
TOLD = {"name", "version"}  # what clients are told of it; the rest is for people


@one_transaction
def save_application(application: Application, **by: Any) -> None:
    if application.superseded_by_id:
        refuse_circle(application)  # first: it takes the locks in order
    before = state_of(application)
    if application.pk is None:
        application.created_by = by.get("user")
    else:
        refuse_unsigned(application)
    application.save()
    facts = sign(application, **by)
    changed = record_change(subject_of(application), before, state(application, FIELDS), facts, **by)
    if before and TOLD & changed.keys():
        announce(applications=[application.pk])


def state_of(application: Application) -> State | None:
    """How an application (or group) that is there stands in the database, locked; None for a new one."""
    if application.pk is None:
        return None
    rows = Application.objects.select_for_update(no_key=True, of=("self",)).select_related("superseded_by")
    row = rows.filter(pk=application.pk).first()
    if row is None:
        raise deleted_meanwhile()
    return state(row, FIELDS)


def refuse_circle(application: Application) -> None:
    """Locks every application, so that two who save at the same moment cannot make a circle together."""
    rows = Application.objects.filter(is_group=False).order_by("pk").select_for_update(no_key=True)
    found = {row.pk: row for row in rows.only("name", "version", "superseded_by")}
    by = application.superseded_by_id
    if application.is_group or by not in found:
        raise SaveRefused(_("Only an application can supersede another, and a group cannot be superseded."))
    if application.pk:
        edges = {pk: row.superseded_by_id for pk, row in found.items()}
        names = {pk: str(row) for pk, row in found.items()}
        refuse(supersedence.problem(edges, names, application.pk, by))


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
    asked = Request.objects.filter(Q(application=application) | Q(target=application))
    if asked.exists() or RequestStep.objects.filter(application=application).exists():
        reasons.append(
            _(
                "It has been asked for on devices, and that history is kept. To retire it, delete its deployments: "
                "then no device lists it any more and nobody can ask for it."
            )
        )
    return reasons
