"""Saves an application group with its members in their order (R13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from applications.authoring.applications import TOLD, state_of, subject_of
from applications.authoring.saving import SaveRefused, one_transaction, refuse
from applications.authoring.signatures import refuse_unsigned, sign
from applications.authoring.tasks import announce
from applications.models import Application, DeploymentType, GroupMember
from applications.revisions.definitions import of_group
from applications.rules.deployments import Content, cannot_deploy
from applications.status.in_place import newest
from applications.status.steps import Steps
from audit.changes import State, state
from audit.log import record_change

FIELDS = ("name", "version", "publisher", "description")
MAX_MEMBERS = 50


@one_transaction
def save_group(group: Application, members: Sequence[int], **by: Any) -> None:
    """`members`: applications (ids) in the order in which they install."""
    known = state_of(group)
    before = None if known is None else _with_members(group, known)
    chosen = _chosen(members)
    if group.pk and group.deployments.exists():
        refuse(cannot_deploy(group_content(str(group), chosen)))
    group.is_group = True
    if group.pk is None:
        group.created_by = by.get("user")
    else:
        refuse_unsigned(group)
    group.save()
    if before is None or before["members"] != [str(member) for member in chosen]:
        group.group_members.all().delete()
        GroupMember.objects.bulk_create(
            GroupMember(group=group, application=member, position=place) for place, member in enumerate(chosen, 1)
        )
    facts = sign(group, of_group(group, [member.pk for member in chosen]), **by)
    changed = record_change(subject_of(group), before, _with_members(group, state(group, FIELDS)), facts, **by)
    if before and (TOLD | {"members"}) & changed.keys():
        announce(applications=[group.pk])


def _with_members(group: Application, known: State) -> State:
    places = GroupMember.objects.filter(group=group).select_related("application")
    return {name: known[name] for name in FIELDS} | {"members": [str(place.application) for place in places]}


def _chosen(members: Sequence[int]) -> list[Application]:
    """The members, locked; each once, and none of them a group."""
    rows = Application.objects.filter(pk__in=members, is_group=False).order_by("pk").select_for_update(no_key=True)
    found = {row.pk: row for row in rows}
    if len(set(members)) != len(members) or len(found) != len(members):
        raise SaveRefused(_("A member is an application that stands in the group once; a group cannot be a member."))
    if len(members) > MAX_MEMBERS:
        raise SaveRefused(_("A group has at most %(most)s members.") % {"most": MAX_MEMBERS})
    return [found[pk] for pk in members]


def content_of(application: Application) -> Content:
    """What a deployment of an application or group would bring."""
    if not application.is_group:
        types = application.deployment_types.count()
        return Content(str(application), types=types, unready=_unready([application]))
    places = GroupMember.objects.filter(group=application).select_related("application")
    return group_content(str(application), [place.application for place in places])


def group_content(name: str, members: Iterable[Application]) -> Content:
    """What a group of these members would bring."""
    members = list(members)
    rows = DeploymentType.objects.filter(application__in=members).order_by()
    types = dict(rows.values_list("application").annotate(number=Count("pk")))
    contents = [Content(str(each), types=types.get(each.pk, 0)) for each in members]
    return Content(name, is_group=True, members=contents, unready=_unready(members))


def _unready(applications: Sequence[Application]) -> list[str]:
    """What is installed before these and has no deployment type."""
    steps = Steps(newest(applications).get(each.pk, each) for each in applications)
    first = {
        pk: needed for pk, needed in steps.applications.items() if any(pk in those for those in steps.needs.values())
    }
    ready = set(DeploymentType.objects.filter(application__in=first).values_list("application", flat=True))
    return [str(needed) for pk, needed in first.items() if pk not in ready]
