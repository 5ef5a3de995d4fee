"""Rows about a device, narrowed to the devices of some collections: quick for few devices as well as for many."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q

from devices.models.collection import DeviceMember

FEW = 1000  # so many devices are named to the database; it would look at every row for the sake of them


def of_devices_in(collections: set[int], user: Any, field: str = "device") -> Q:
    """For rows with a device, or its number, in `field`: it is in one of the collections (ids). What was looked up is
    kept on the user object."""
    kept: dict[frozenset[int], list[int] | None] = user.__dict__.setdefault("_koppel_few", {})
    key = frozenset(collections)
    if key not in kept:
        kept[key] = few(collections)
    ids = kept[key]
    if ids is not None:
        return Q(**{f"{field}__in": ids})
    return Q(Exists(DeviceMember.objects.filter(device=OuterRef(field), collection__in=collections)))


def few(collections: set[int]) -> list[int] | None:
    """The devices (ids) of the collections, unless there are many."""
    members = DeviceMember.objects.filter(collection__in=collections).values_list("device", flat=True)
    ids = list(members.distinct()[: FEW + 1])
    return ids if len(ids) <= FEW else None
