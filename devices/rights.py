"""Who may do what where: a permission and the collections on which it holds, in one place (R18, R19).

A Django group carries permissions and collections (`CollectionRight`). A permission holds on the collections of the
same group and on every collection limited to one of them; what a user has through another group does not widen it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from devices.powers import in_words

READ_COLLECTION = "devices.read_collection"
READ_APPLICATION = "applications.read_application"
APPROVE = "applications.approve_application"


def collections_of(user: Any, permission: str) -> set[int] | None:
    """The collections (ids) on which the user has the permission; None means everywhere (a superuser).

    Kept on the user object, so a page asks the database once.
    """
    if not user.is_active or user.is_anonymous:
        return set()
    if user.is_superuser:
        return None
    kept: dict[str, set[int]] = user.__dict__.setdefault("_koppel_collections", {})
    if permission not in kept:
        from devices.models.collection import rights_of

        kept[permission] = rights_of(user, permission)
    return kept[permission]


def scope(user: Any, *permissions: str) -> str:
    """Short and the same for users who see the same: a key under which numbers can be kept for all of them."""
    sets = (collections_of(user, permission) for permission in permissions)
    names = ("all" if each is None else ",".join(map(str, sorted(each))) for each in sets)
    return sha256(":".join(names).encode()).hexdigest()


def has_role(user: Any) -> bool:
    """Whether a role is assigned: a group that reads at least one collection (R18)."""
    return collections_of(user, READ_COLLECTION) != set()


def require(user: Any, *permissions: str) -> None:
    """Raise PermissionDenied (403) that names the first of the permissions that the user has nowhere."""
    for permission in permissions:
        if not user.has_perm(permission):
            raise PermissionDenied(
                _("You need the permission “%(permission)s” for this.") % {"permission": in_words(permission)}
            )
