"""How a page finds its device: what is outside is 404, what is in sight but not permitted is 403 (R19)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from devices.models import Device, Person
from devices.powers import in_words
from devices.rights import READ_COLLECTION, collections_of, require


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
