"""Who may see and change which collection, person, device, site; what is outside is 404, what is not permitted 403.

A permission holds on the collections of its own group only, so “may change collections” is asked of this collection.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from devices.access.permissions import READ_COLLECTION, VIEW_SITE
from devices.access.powers import in_words
from devices.access.rights import require
from devices.models import Collection, Device, Person, Site
from devices.models.collection import collections_of, limited_to


def collection_in_sight(user: Any, pk: int, *permissions: str) -> Collection:
    """The collection; every permission must hold on it, and a built-in one cannot be changed by anybody."""
    require(user, READ_COLLECTION)
    collection = get_object_or_404(Collection.objects.visible_to(user).select_related("limiting"), pk=pk)
    require(user, *permissions)
    for permission in permissions:
        if not on_collection(user, permission, collection.pk):
            raise PermissionDenied(
                _("You need the permission “%(permission)s” on the collection %(collection)s for this.")
                % {"permission": in_words(permission), "collection": collection}
            )
    if permissions and collection.built_in:
        raise PermissionDenied(_("%(collection)s is built in: it cannot be changed.") % {"collection": collection})
    return collection


def on_collection(user: Any, permission: str, collection: int) -> bool:
    collections = collections_of(user, permission)
    return collections is None or collection in collections


def collections_for(user: Any, permission: str, kind: str) -> QuerySet[Collection]:
    """The collections of this kind that the user may read and on which the permission holds."""
    collections = collections_of(user, permission)
    readable = Collection.objects.visible_to(user).filter(kind=kind)
    return readable if collections is None else readable.filter(pk__in=collections)


def widens(user: Any, affected: Iterable[int], limiting: int) -> bool:
    """Whether changing the members of `affected` collections would give the user rights on more than they have now.

    The new members all come from the collection `limiting`. So what a group of the user may do on an affected
    collection, the user must be able to do on that one too.
    """
    if user.is_superuser:
        return False
    affected = set(affected)
    groups = list(user.groups.prefetch_related("permissions", "collection_rights"))
    reach = {group.pk: limited_to({right.collection_id for right in group.collection_rights.all()}) for group in groups}
    permissions = {group.pk: {permission.pk for permission in group.permissions.all()} for group in groups}
    wide = [pk for pk in reach if limiting in reach[pk]]
    return any(
        affected & reach[pk] and not any(permissions[pk] <= permissions[other] for other in wide) for pk in reach
    )


def person_in_sight(user: Any, pk: int, *permissions: str) -> Person:
    """The person; every permission must hold on a collection of theirs."""
    require(user, READ_COLLECTION)
    person = get_object_or_404(Person.objects.visible_to(user), pk=pk)
    require(user, *permissions)
    for permission in permissions:
        collections = collections_of(user, permission)
        if collections is not None and not person.memberships.filter(collection__in=collections).exists():
            raise PermissionDenied(
                _("You need the permission “%(permission)s” on a collection of %(person)s for this.")
                % {"permission": in_words(permission), "person": person}
            )
    return person


def require_everywhere(user: Any, kind: str, *permissions: str) -> None:
    """For what concerns everybody, as new persons do: the permission must hold on the built-in collection."""
    require(user, *permissions)
    for permission in permissions:
        collections = collections_of(user, permission)
        if collections is not None:
            everybody = Collection.objects.filter(kind=kind, built_in=True).first()
            if everybody is None or everybody.pk not in collections:
                raise PermissionDenied(
                    _("You need the permission “%(permission)s” on the collection %(collection)s for this.")
                    % {"permission": in_words(permission), "collection": everybody or "–"}
                )


def sees_everybody(user: Any) -> bool:
    """Whether the user may read all persons: only then queries may ask for, and name, primary users."""
    collections = collections_of(user, READ_COLLECTION)
    if collections is None:
        return True
    return Collection.objects.filter(pk__in=collections, kind=Collection.Kind.PERSONS, built_in=True).exists()


def sites_in_sight(user: Any) -> QuerySet[Site]:
    """All sites for who may view sites or reads every device, else those of the devices in sight."""
    if user.has_perm(VIEW_SITE) or Collection.objects.visible_to(user).filter(kind="devices", built_in=True).exists():
        return Site.objects.all()
    return Site.objects.filter(pk__in=Device.objects.visible_to(user).order_by().values("site"))


def site_in_sight(user: Any, pk: int, *permissions: str) -> Site:
    """The site; every permission must hold on all of its devices."""
    require(user, READ_COLLECTION)
    site = get_object_or_404(sites_in_sight(user), pk=pk)
    require(user, *permissions)
    for permission in permissions:
        mine = Device.objects.visible_to(user, permission)
        if not user.is_superuser and site.devices.exclude(pk__in=mine.values("pk")).exists():
            raise PermissionDenied(
                _("You need the permission “%(permission)s” on all devices of the site %(site)s for this.")
                % {"permission": in_words(permission), "site": site}
            )
    return site


def device_in_sight(user: Any, pk: int, *permissions: str) -> Device:
    """The device with its site; every permission must hold on a collection of this very device."""
    require(user, READ_COLLECTION)
    devices = Device.objects.visible_to(user).select_related("site")
    device = get_object_or_404(devices, pk=pk)
    require(user, *permissions)
    for permission in permissions:
        if not user.is_superuser and not Device.objects.visible_to(user, permission).filter(pk=pk).exists():
            raise PermissionDenied(
                _("You need the permission “%(permission)s” on a collection of %(device)s for this.")
                % {"permission": in_words(permission), "device": device}
            )
    return device


def of_persons_in_sight(user: Any, person: str = "person") -> Q:
    """A condition on the person in this column; none for who sees everybody."""
    if collections_of(user, READ_COLLECTION) is None:
        return Q()
    return Q(**{f"{person}__in": Person.objects.visible_to(user).order_by().values("pk")})
