"""Signs what an administrator saved: a new revision of the application, when what devices are told of it changed.

What stands in the database may have been changed by somebody else than Koppel. So it is compared with what was signed
before anything is saved on top of it, and only what was signed is delivered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from applications.models import Application, Content, DeploymentType, GroupMember, Revision
from signing.envelope import NotGenuine, canonical
from signing.keys import keys

DEFINITION = "definition"  # the kind of envelope
ABOUT = {"revision", "author", "issued"}  # what a revision says of itself; the rest is the definition

# The name of each field of a deployment type in the definition and the column that it comes from.
TYPE_FIELDS = {
    "id": "pk",
    "name": "name",
    "priority": "priority",
    "platform": "platform",
    "run_as": "run_as",
    "requirements": "requirements",
    "detection": "detection",
    "install": "install_command",
    "uninstall": "uninstall_command",
    "repair": "repair_command",
    "max_run_minutes": "max_run_minutes",
    "return_codes": "return_codes",
}
Definition = dict[str, Any]


def definition_of(application: Application) -> Definition:
    """What the columns in the database say: of a group its members (ids) in order, else the deployment types and what
    goes before it."""
    if application.is_group:
        places = GroupMember.objects.filter(group=application).order_by("position", "pk")
        return of_group(application, places.values_list("application", flat=True))
    types = [type_of(each) for each in application.deployment_types.select_related("content")]
    return of_application(application, types, list(application.needs.values_list("needs", flat=True)))


def of_group(group: Application, members: Iterable[int]) -> Definition:
    return {"application": _about(group), "members": list(members)}


def of_application(application: Application, types: Iterable[Definition], needs: Sequence[int]) -> Definition:
    """`needs`: what is installed before it (ids). Where there is nothing to say of its order it is left out, so that
    what was signed before there was such a thing still says the same."""
    return {
        "application": _about(application),
        "deployment_types": in_order(types),
        **({"dependencies": list(needs)} if needs else {}),
        **({"uninstall_first": True} if application.uninstall_first else {}),
    }


def in_order(types: Iterable[Definition]) -> list[Definition]:
    """As a client tries them."""
    return sorted(types, key=lambda each: (each["priority"], each["id"]))


def type_of(each: DeploymentType) -> Definition:
    fields = {name: getattr(each, column) for name, column in TYPE_FIELDS.items()}
    if each.content:
        about = {"sha256": each.content.sha256, "size": each.content.size, "name": each.file_name}
        return {**fields, "content": about}
    return fields


def revise(application: Application, definition: Definition, user: Any | None, now: datetime) -> Revision:
    """Sign this as the next revision, unless the present one says the same. In a transaction that has locked the
    application. Whoever calls says what is meant: what the columns say may be somebody else's."""
    last = newest(application)
    if last and last.pk == application.revision_id and signed(last) == definition:
        return last
    number = last.number + 1 if last else 1
    author = user.get_username() if user else ""
    text = canonical({**definition, "revision": number, "author": author, "issued": now.isoformat()})
    made = Revision.objects.create(
        application=application,
        number=number,
        envelope=keys().sign(DEFINITION, text),
        created_at=now,
        created_by=user,
        author=author,
    )
    named = {each["content"]["sha256"] for each in definition.get("deployment_types", ()) if "content" in each}
    made.contents.set(Content.objects.filter(sha256__in=named))
    Application.objects.filter(pk=application.pk).update(revision=made)
    application.revision = made
    return made


def signed(revision: Revision) -> Definition | None:
    """What was signed in it; None when it was not signed by this console, or is not a revision of this application."""
    try:
        opened = keys().open(DEFINITION, revision.envelope)
    except (NotGenuine, KeyError, TypeError, ValueError):
        return None
    if (opened["application"]["id"], opened["revision"]) != (revision.application_id, revision.number):
        return None
    return {name: value for name, value in opened.items() if name not in ABOUT}


def newest(application: Application) -> Revision | None:
    """Whoever signed it: a number is given once."""
    return application.revisions.first()


def genuine(application: Application) -> Revision | None:
    """The newest revision that this console signed."""
    return next((each for each in application.revisions.all() if signed(each)), None)


def stands_as_signed(application: Application) -> bool:
    """Whether the columns say what was signed last."""
    last = newest(application)
    return bool(last and last.pk == application.revision_id and signed(last) == definition_of(application))


def sign_again(revisions: Iterable[Revision]) -> list[Revision]:
    """Sign the same texts with the key of now, as far as they were signed with one before; those that were not, and
    stay as they are, are the answer."""
    left = []
    for revision in revisions:
        if signed(revision) is None:
            left.append(revision)
            continue
        revision.envelope = keys().sign(DEFINITION, revision.envelope["signed"])
        revision.save(update_fields=["envelope"])
    return left


def _about(application: Application) -> Definition:
    return {"id": application.pk, "name": application.name, "version": application.version}
