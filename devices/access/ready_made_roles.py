"""The ready-made groups of R19: Reader, Approver, Site administrator; made at set-up, and then the administrator's."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q, QuerySet

from devices.access import seals
from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION, VIEW_AUDIT
from devices.models import CollectionRight
from devices.ready_made_names import APPROVER, READER, SITE_ADMINISTRATOR

ROLES = {READER: (READ_COLLECTION, READ_APPLICATION), APPROVER: (READ_COLLECTION, READ_APPLICATION, APPROVE)}


@transaction.atomic
def create_roles(collections: dict[str, int]) -> list[str]:
    """Make the groups that are missing, and answer their names; a group that is there stays as it is.

    Only the Site administrator gets, each time, what a newer version of Koppel added: everything but users, on the
    `collections` (name → id) that are built in.
    """
    made = []
    for name, permissions in ROLES.items():
        group, new = Group.objects.get_or_create(name=name)
        if new:
            group.permissions.set(named(permissions))
            seals.seal_role(group)
            made.append(name)
    group, new = Group.objects.get_or_create(name=SITE_ADMINISTRATOR)
    intact = new or seals.role_is_intact(group)
    group.permissions.add(*everything_but_users())
    if new:
        made.append(SITE_ADMINISTRATOR)
        for collection in collections.values():
            CollectionRight.objects.get_or_create(group=group, collection_id=collection)
    if intact:
        seals.seal_role(group)
    return made


def named(permissions: tuple[str, ...]) -> QuerySet[Permission]:
    """The permissions with these names (`app.codename`)."""
    found = Q(pk__in=[])
    for permission in permissions:
        app, codename = permission.split(".")
        found |= Q(content_type__app_label=app, codename=codename)
    return Permission.objects.filter(found)


def everything_but_users() -> QuerySet[Permission]:
    return Permission.objects.filter(content_type__app_label__in=["devices", "applications"]) | named((VIEW_AUDIT,))
