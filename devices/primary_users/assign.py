"""The primary user of a device: who that is, and who or what decided it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from audit.changes import state
from audit.log import Subject, entry, record_all
from audit.models import AuditEntry
from devices.collections.refresh_members import refresh_devices
from devices.models import Device, Person
from devices.presence.tasks import policy_changed

DECIDED = ("primary_user", "primary_by")  # said together, also when only one of them changes


@transaction.atomic
def assign(primary: Mapping[Device, Person | None], by: Device.PrimaryBy, **about: Any) -> None:
    """Give these devices these primary users; `about` goes to the audit log (user, address).

    What is deployed to a person reaches their devices, so policy follows. The entries in the audit log are private:
    they name a person whom not everybody who sees the device may see.
    """
    if not primary:
        return
    entries = []
    for device, person in primary.items():
        before = state(device, DECIDED)
        device.primary_user, device.primary_by = person, by
        after = state(device, DECIDED)
        entries.append(
            entry(
                AuditEntry.Verb.CHANGED,
                Subject.of(AuditEntry.Kind.DEVICE, device),
                device=device,
                facts={"changes": {name: {"old": before[name], "new": after[name]} for name in DECIDED}},
                private=True,
                **about,
            )
        )
    ids = [device.pk for device in primary]
    Device.objects.bulk_update(primary, ["primary_user", "primary_by"], batch_size=500)
    Device.objects.filter(pk__in=ids).update(revision=F("revision") + 1)
    record_all(entries)
    refresh_devices(ids)
    policy_changed(ids)
