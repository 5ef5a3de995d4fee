"""Keeps what is saved and what is signed the same; what was changed behind the console's back is not signed."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.authoring.order import lock_applications, refuse_circles, write_dependencies
from applications.authoring.saving import SaveRefused, deleted_meanwhile, one_transaction
from applications.authoring.tasks import announce
from applications.models import Application, Content, DeploymentType, GroupMember
from applications.revisions import definitions
from applications.revisions.definitions import Definition
from audit.log import Subject, record
from audit.models import AuditEntry
from devices.access import seals
from signing.envelope import canonical, digest


def refuse_unsigned(application: Application) -> Definition:
    """Before a change of something that is there: what stands in the database must be what was signed, which is the
    answer. The object holds the change already, and may be older than the last revision."""
    row = Application.objects.select_related("revision").get(pk=application.pk)
    signed = definitions.signed(row.revision) if row.revision else None
    if signed is None or not definitions.stands_as_signed(row):
        raise SaveRefused(
            _(
                "What the database says of %(application)s is not what was signed, so nothing can be saved on top of "
                "it. Look at its signature first."
            )
            % {"application": application}
        )
    application.revision_id = row.revision_id
    return signed


def sign(application: Application, meant: Definition, **by: Any) -> dict[str, int]:
    """Sign what was saved just now; the number of the new revision as a fact for the audit log, or nothing. `meant` is
    what was signed before and what somebody changed of it: what the database says may have been changed meanwhile, so
    it is not signed, and must be the same."""
    _refuse_without_mandate(by.get("user"))
    before = application.revision_id
    revision = definitions.revise(application, meant, by.get("user"), timezone.now())
    if canonical(definitions.definition_of(Application.objects.get(pk=application.pk))) != canonical(meant):
        raise SaveRefused(_("The database says something else than what you saved. Nothing is saved."))
    return {"revision": revision.number} if revision.pk != before else {}


@one_transaction
def sign_as_it_stands(application: Application, looked_at: str, **by: Any) -> None:
    """Somebody has looked at it and says that it is right; `looked_at` is the digest of what they saw."""
    row = _locked(application)
    definition = definitions.definition_of(row)
    if digest(definition) != looked_at:
        raise SaveRefused(_("It was changed since you looked at it. Look again first."))
    facts = sign(row, definition, **by)
    record(AuditEntry.Verb.SIGNED, _subject(row), facts=facts, **by)
    announce(applications=[row.pk])


@one_transaction
def put_back(application: Application, **by: Any) -> None:
    """Make what stands in the database what was signed last. Refused when nothing ever was."""
    lock_applications()  # first: all of them, in order
    row = _locked(application)
    last = definitions.genuine(row)
    signed = definitions.signed(last) if last else None
    if last is None or signed is None:
        raise SaveRefused(_("There is no revision of %(application)s that this console signed.") % {"application": row})
    row.name, row.version = signed["application"]["name"], signed["application"]["version"]
    row.is_group = "members" in signed
    row.uninstall_first = signed.get("uninstall_first", False)
    row.revision = last
    row.save(update_fields=["name", "version", "is_group", "uninstall_first", "revision", "updated_at"])
    _put_back_members(row, signed.get("members", []))
    _put_back_types(row, signed.get("deployment_types", []))
    write_dependencies(row, signed.get("dependencies", []))
    if not row.is_group:
        refuse_circles(row)
    sign(row, signed, **by)
    record(AuditEntry.Verb.RESTORED, _subject(row), facts={"revision": row.revision.number}, **by)
    announce(applications=[row.pk])


def _refuse_without_mandate(user: Any | None) -> None:
    """Nothing is signed for somebody whose rights were not given in Koppel."""
    try:
        if user is not None:
            seals.require_intact(user)
    except PermissionDenied as error:
        raise SaveRefused(str(error)) from None


def _put_back_members(group: Application, members: list[int]) -> None:
    group.group_members.all().delete()
    there = set(Application.objects.filter(pk__in=members).values_list("pk", flat=True))
    GroupMember.objects.bulk_create(
        GroupMember(group=group, application_id=pk, position=place)
        for place, pk in enumerate(members, 1)
        if pk in there
    )


def _put_back_types(application: Application, types: list[dict[str, Any]]) -> None:
    application.deployment_types.all().delete()
    DeploymentType.objects.bulk_create(_type_of(application, each) for each in types)


def _type_of(application: Application, signed: dict[str, Any]) -> DeploymentType:
    about = signed.get("content")
    content = Content.objects.filter(sha256=about["sha256"]).first() if about else None
    if about and content is None:
        raise SaveRefused(_("The file %(name)s is no longer here.") % {"name": about["name"]})
    fields = {column: signed[name] for name, column in definitions.TYPE_FIELDS.items()}
    return DeploymentType(application=application, content=content, file_name=about["name"] if about else "", **fields)


def _locked(application: Application) -> Application:
    row = Application.objects.select_for_update(no_key=True).filter(pk=application.pk).first()
    if row is None:
        raise deleted_meanwhile()
    return row


def _subject(application: Application) -> Subject:
    kinds = AuditEntry.Kind
    return Subject.of(kinds.APPLICATION_GROUP if application.is_group else kinds.APPLICATION, application)
