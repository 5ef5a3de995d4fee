"""Writes down what a client tells about its device: what it is, who is signed in, whether it must restart."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from devices.arrivals import refresh_device, refresh_person
from devices.messages import InventoryIn
from devices.models import Device, Person, SignIn

FIELDS = ("platform", "os", "client_version", "architecture", "memory_mb", "disk_mb", "time_zone", "join_type")


def take(device: Device, inventory: InventoryIn, now: datetime) -> bool:
    """Write the inventory down; whether somebody signed in, or only one person is signed in now: a request may have
    waited for that."""
    facts = {field: getattr(inventory, field) for field in FIELDS}
    with transaction.atomic():
        since = (device.restart_pending_since or now) if inventory.restart_pending else None
        before = set(device.sign_ins.values_list("person__username", flat=True))
        after = set(inventory.signed_in)
        device.sign_ins.exclude(person__username__in=after).delete()
        for username in sorted(after - before):
            person, new = Person.objects.get_or_create(username=username)
            if new:
                refresh_person(person)
            SignIn.objects.get_or_create(device=device, person=person, defaults={"since": now})
        Device.objects.filter(pk=device.pk).update(
            **facts, restart_pending_since=since, inventory_at=now, revision=F("revision") + 1
        )
        if any(getattr(device, field) != fact for field, fact in facts.items()):
            refresh_device(device)
    return bool(after - before) or (len(after) == 1 and len(before) > 1)
