"""Which deployments reach a device and its persons (R2, R12, R13): as a query for lists, in bulk for rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from applications.models import Deployment, Report
from applications.rules import versions
from applications.rules.eligibility import Reach, effective_ways
from applications.rules.status import PRESENT
from applications.rules.words import Target, Via, Way
from devices.access.permissions import READ_COLLECTION
from devices.models import Device, DeviceMember, Person, PersonMember, SignIn
from devices.models.collection import collections_of

WAYS: dict[Way, Q] = {
    Way.REQUIRED: Q(purpose=Deployment.Purpose.REQUIRED),
    Way.AVAILABLE: Q(purpose=Deployment.Purpose.AVAILABLE, requires_approval=False),
    Way.APPROVAL: Q(purpose=Deployment.Purpose.AVAILABLE, requires_approval=True),
}


def way_of(purpose: str, requires_approval: bool) -> Way:
    """R10's option of a deployment."""
    if purpose == Deployment.Purpose.REQUIRED:
        return Way.REQUIRED
    return Way.APPROVAL if requires_approval else Way.AVAILABLE


def readable_collections(user: Any | None) -> set[int] | None:
    """The collections (ids) that the user may read; None: everything (nobody in particular asks, or a superuser)."""
    return None if user is None else collections_of(user, READ_COLLECTION)


def deployments_reaching(
    device: Device, user: Any | None = None, ways: frozenset[versions.Reached] = versions.EVERY_WAY
) -> QuerySet[Deployment]:
    """The deployments that reach the device, its signed-in persons and its primary user in one of these ways, as far as
    the user may read the persons' collections (R18)."""
    readable = readable_collections(user)
    persons = Person.objects.filter(Q(sign_ins__device=device) | Q(primary_devices=device))
    aimed = {
        Target.DEVICE: Q(collection__in=DeviceMember.objects.filter(device=device).values("collection")),
        Target.PERSON: Q(collection__in=PersonMember.objects.filter(person__in=persons).values("collection")),
    }
    if readable is not None:
        aimed[Target.PERSON] &= Q(collection__in=readable)
    reaching = Q(pk__in=[])
    for target, aim in aimed.items():
        options = Q(pk__in=[])
        for way, option in WAYS.items():
            if (target, way) in ways:
                options |= option
        reaching |= aim & options
    return Deployment.objects.filter(reaching)


def listed_deployments(device: Device, user: Any | None = None) -> QuerySet[Deployment]:
    """Those of them that the device's site lists: R12, and groups from R13's version on."""
    return _groups_allowed(device, deployments_reaching(device, user, versions.listed_ways(device.site.version)))


def effective_deployments(device: Device, user: Any | None = None) -> QuerySet[Deployment]:
    """Those of them that take effect on the device: what installs by itself is always listed, the reverse not (R14)."""
    ways = effective_ways(device.site.version, device.join_type)
    return _groups_allowed(device, deployments_reaching(device, user, ways))


def _groups_allowed(device: Device, deployments: QuerySet[Deployment]) -> QuerySet[Deployment]:
    return (
        deployments if versions.lists_groups(device.site.version) else deployments.filter(application__is_group=False)
    )


def earlier_installed(device: Device, user: Any | None = None) -> QuerySet[Report]:
    """What was once installed on the device for a person; it stays listed when that person is neither signed in nor
    primary user any more (R2), from the site version on that lists everything (R12)."""
    if device.site.version < versions.EVERYTHING_LISTED:
        return Report.objects.none()
    reports = Report.objects.filter(device=device, person__isnull=False, ever_installed=True)
    return reports if user is None else reports.filter(person__in=Person.objects.visible_to(user))


def kept(device: Device, user: Any | None = None) -> QuerySet[Report]:
    """What Koppel installed on the device and detection still finds there, however it came: it stays listed."""
    if device.site.version < versions.FIRST_SITE:
        return Report.objects.none()
    reports = Report.objects.filter(device=device, by_koppel=True, found__in=PRESENT)
    if user is None or user.is_superuser:
        return reports
    return reports.filter(Q(person__isnull=True) | Q(person__in=Person.objects.visible_to(user)))


def reaches(
    devices: Sequence[Device], applications: Iterable[int] | None, user: Any | None = None
) -> dict[tuple[int, int], tuple[Reach, ...]]:
    """How each application (None: every one) reaches each device, by (device id, application id); four queries whatever
    the numbers, each of which begins with the devices. A collection of devices that the user may not read is not named.

    Unlike a list it does not look at the site's version: the verdict does, and says so.
    """
    of_these = Q() if applications is None else Q(application__in=set(applications))
    by_device = {device.pk: device for device in devices}
    found: defaultdict[tuple[int, int], list[Reach]] = defaultdict(list)
    columns = ("pk", "application_id", "collection__name", "purpose", "requires_approval", "available_from", "deadline")
    readable = readable_collections(user)

    aimed_at_devices = Deployment.objects.filter(of_these, collection__device_members__device__in=by_device)
    rows_of_devices = aimed_at_devices.annotate(device=F("collection__device_members__device"))
    for pk, application, name, purpose, approval, start, end, collection, device in rows_of_devices.values_list(
        *columns, "collection_id", "device"
    ):
        if readable is not None and collection not in readable:
            name = _("a collection outside of what you may read")
        found[device, application].append(
            Reach(pk, name, Target.DEVICE, way_of(purpose, approval), available_from=start, deadline=end)
        )

    here = _persons(by_device)
    earlier = Report.objects.filter(of_these, device__in=by_device, person__isnull=False, ever_installed=True)
    for device, application, person in earlier.values_list("device_id", "application_id", "person_id"):
        here[device].setdefault(person, {})[application] = Via.PREVIOUS
    everybody = {person for persons in here.values() for person in persons}
    aimed_at_persons = Deployment.objects.filter(of_these, collection__person_members__person__in=everybody).annotate(
        person=F("collection__person_members__person"), username=F("collection__person_members__person__username")
    )
    if readable is not None:
        aimed_at_persons = aimed_at_persons.filter(collection__in=readable)
    by_person: defaultdict[int, list[tuple[int, Reach]]] = defaultdict(list)
    rows = aimed_at_persons.values_list(*columns, "person", "username")
    for pk, application, name, purpose, approval, start, end, person, username in rows:
        reach = Reach(pk, name, Target.PERSON, way_of(purpose, approval), username, person, None, start, end)
        by_person[person].append((application, reach))
    for device, persons in here.items():
        for person, why in persons.items():
            for application, reach in by_person[person]:
                via = why.get(None) or why.get(application)
                if via:
                    found[device, application].append(replace(reach, via=via))
    return {pair: tuple(ways) for pair, ways in found.items()}


def _persons(devices: dict[int, Device]) -> defaultdict[int, dict[int, dict[int | None, Via]]]:
    """Per device its persons with the reason; the key None of a reason stands for every application."""
    here: defaultdict[int, dict[int, dict[int | None, Via]]] = defaultdict(dict)
    for device in devices.values():
        if device.primary_user_id:
            here[device.pk][device.primary_user_id] = {None: Via.PRIMARY}
    for device_id, person in SignIn.objects.filter(device__in=devices).values_list("device_id", "person_id"):
        here[device_id][person] = {None: Via.SIGNED_IN}
    return here
