"""Who may do what where: a permission and the collections on which it holds, in one place (R18, R19).

A Django group carries permissions and collections (`CollectionRight`). A permission holds on the collections of the
same group and on every collection limited to one of them; what a user has through another group does not widen it.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from devices.access.powers import in_words


def require(user: Any, *permissions: str) -> None:
    """Raise PermissionDenied (403) that names the first of the permissions that the user has nowhere."""
    for permission in permissions:
        if not user.has_perm(permission):
            raise PermissionDenied(
                _("You need the permission “%(permission)s” for this.") % {"permission": in_words(permission)}
            )
