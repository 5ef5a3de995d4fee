"""The primary user of a device: who that is, and who or what decided it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from console import audit
from console.models import AuditEntry
from devices.collections.refresh_members import refresh_devices
from devices.models import Device, Person
from devices.presence.tasks import policy_changed


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
        old, device.primary_user, device.primary_by = device.primary_user, person, by
        changes = {"primary_user": [old and str(old), person and str(person)], "primary_by": by.value}
        entries.append(
            audit.entry(
                AuditEntry.Verb.CHANGED,
                f"Device {device}",
                device=device,
                details={"changes": changes},
                private=True,
                **about,
            )
        )
    ids = [device.pk for device in primary]
    Device.objects.bulk_update(primary, ["primary_user", "primary_by"], batch_size=500)
    Device.objects.filter(pk__in=ids).update(revision=F("revision") + 1)
    audit.record_all(entries)
    refresh_devices(ids)
    policy_changed(ids)
