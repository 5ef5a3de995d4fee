"""Who uses a device, day by day; and that who uses it most becomes its primary user, unless somebody decided that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from devices.models import DayOfUse, Device, Person, SignIn
from devices.presence.connections import batches
from devices.primary_users.assign import assign

WINDOW = 30  # days that count, today included
MIN_DAYS = 5  # of them, before somebody is a primary user
BATCH = 5000  # rows in one statement


def count_today(now: datetime) -> None:
    """Whoever is signed in on a device that is online uses it today. Devices on which that is new are decided anew."""
    today = now.date()
    known = DayOfUse.objects.filter(device=OuterRef("device"), person=OuterRef("person"), day=today)
    new = SignIn.objects.filter(~Exists(known), device__online=True).order_by("device")
    for devices in batches(new.values_list("device", flat=True).distinct()):
        with transaction.atomic():
            seen = SignIn.objects.filter(device__in=devices).values_list("device", "person")
            DayOfUse.objects.bulk_create(
                [DayOfUse(device_id=device, person_id=person, day=today) for device, person in seen],
                ignore_conflicts=True,
            )
            decide(devices, today)


def decide(devices: Iterable[int], today: date) -> None:
    """Gives these devices (ids) the primary users that follow from use."""
    follows = Device.objects.filter(pk__in=devices, primary_by=Device.PrimaryBy.USE, site__primary_from_use=True)
    locked = follows.select_related("primary_user").select_for_update(of=("self",))
    found = {device.pk: device for device in locked}
    days = days_of_use(found, today)
    changes = {pk: chosen(days.get(pk, {}), device.primary_user_id) for pk, device in found.items()}
    changes = {pk: person for pk, person in changes.items() if person != found[pk].primary_user_id}
    persons = Person.objects.in_bulk(changes.values())
    assign({found[pk]: persons.get(person) for pk, person in changes.items()}, Device.PrimaryBy.USE)


def days_of_use(devices: Iterable[int], today: date) -> dict[int, dict[int, int]]:
    """By device and person (ids): on how many of the days that count that person was signed in."""
    counted = (
        DayOfUse.objects.filter(device__in=devices, day__gt=today - timedelta(days=WINDOW))
        .values_list("device", "person")
        .annotate(days=Count("pk"))
    )
    found: dict[int, dict[int, int]] = {}
    for device, person, days in counted:
        found.setdefault(device, {})[person] = days
    return found


def chosen(days: Mapping[int, int], current: int | None) -> int | None:
    """Who the primary user is, by days of use per person: the one with most, once that is enough and more than anybody
    else's; the present one stays until then."""
    most = max(days.values(), default=0)
    leading = [person for person, number in days.items() if number == most]
    return leading[0] if most >= MIN_DAYS and len(leading) == 1 else current


def delete_old_days(now: datetime) -> None:
    """Days that do not count any more."""
    old = DayOfUse.objects.filter(day__lte=now.date() - timedelta(days=WINDOW))
    while pks := list(old.values_list("pk", flat=True)[:BATCH]):
        DayOfUse.objects.filter(pk__in=pks).delete()
