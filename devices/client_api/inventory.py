"""Writes down what a client tells about its device: what it is, who is signed in, whether it must restart."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F

from audit.log import Subject, record, record_change
from audit.models import AuditEntry
from devices.client_api.schemas import InventoryIn
from devices.collections.refresh_members import refresh_device, refresh_person
from devices.models import Device, Person, SignIn
from devices.presence.tasks import policy_changed

FIELDS = ("platform", "os", "client_version", "architecture", "memory_mb", "disk_mb", "time_zone", "join_type")
MAX_NEW_A_DAY = 200  # persons nobody knew before, from one device
Verb = AuditEntry.Verb

log = structlog.get_logger(__name__)


def update(device: Device, inventory: InventoryIn, now: datetime) -> bool:
    """Write the inventory down; whether somebody signed in, or only one person is signed in now: a request may have
    waited for that."""
    facts = {field: getattr(inventory, field) for field in FIELDS}
    with transaction.atomic():
        since = (device.restart_pending_since or now) if inventory.restart_pending else None
        before = set(device.sign_ins.values_list("person__username", flat=True))
        after = set(inventory.signed_in)
        device.sign_ins.exclude(person__username__in=after).delete()
        for person in persons(device, after - before, now):
            SignIn.objects.get_or_create(device=device, person=person, defaults={"since": now})
        Device.objects.filter(pk=device.pk).update(
            **facts, restart_pending_since=since, inventory_at=now, revision=F("revision") + 1
        )
        renamed = _rename_with_its_host(device, inventory.host_name, now)
        if renamed or any(getattr(device, field) != fact for field, fact in facts.items()):
            refresh_device(device)
        if before != after or device.join_type != inventory.join_type:
            policy_changed([device.pk])  # what is for persons comes and goes with them (R14)
    return bool(after - before) or (len(after) == 1 and len(before) > 1)


def _rename_with_its_host(device: Device, host_name: str, now: datetime) -> bool:
    """A device that is called as its host was follows it to its new name; one that people named otherwise does not."""
    old, follows = device.name, device.name.casefold() == device.host_name.casefold()
    if not host_name or host_name == device.host_name:
        return False
    device.host_name = host_name
    if follows and old != host_name:
        device.name = Device.objects.free_name(host_name, device)
    Device.objects.filter(pk=device.pk).update(host_name=host_name, name=device.name)
    subject = Subject.of(AuditEntry.Kind.DEVICE, device)
    if device.name != old:
        record_change(subject, {"name": old}, {"name": device.name}, actor=old, device=device, now=now)
    return device.name != old


def persons(device: Device, usernames: set[str], now: datetime) -> list[Person]:
    """The persons of these names; who is not known yet becomes known, unless one device brings too many."""
    known = Person.objects.in_bulk(list(usernames), field_name="username")
    strangers = sorted(usernames - known.keys())
    if not strangers:
        return list(known.values())
    told = AuditEntry.objects.filter(device_id=device.pk, verb=Verb.CREATED, private=True)
    brought = told.filter(at__gt=now - timedelta(days=1))
    room = max(0, MAX_NEW_A_DAY - brought.count())
    if len(strangers) > room:
        log.warning("A client reports too many new persons", device=device.name, left_out=len(strangers) - room)
    for username in strangers[:room]:
        known[username], new = Person.objects.get_or_create(username=username)
        if new:
            subject = Subject.of(AuditEntry.Kind.PERSON, known[username])
            record(Verb.CREATED, subject, device=device, private=True, now=now)
            refresh_person(known[username])
    return list(known.values())
