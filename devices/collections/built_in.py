"""The collections that are always there: every device, and every person."""

from __future__ import annotations

from django.db import transaction

from devices.models import Collection, CollectionRule
from devices.ready_made_names import ALL_DEVICES, ALL_PEOPLE

NAMES = {Collection.Kind.DEVICES: ALL_DEVICES, Collection.Kind.PERSONS: ALL_PEOPLE}


@transaction.atomic
def create_built_in() -> dict[str, Collection]:
    """“All devices” and “All people” by kind, made when they are missing: one query rule without conditions."""
    made = {}
    for kind, name in NAMES.items():
        collection = Collection.objects.filter(kind=kind, built_in=True).first()
        if collection is None:
            collection = Collection.objects.create(name=name, kind=kind, built_in=True)
            CollectionRule.objects.create(collection=collection, kind=CollectionRule.Kind.QUERY)
        made[str(kind)] = collection
    return made
