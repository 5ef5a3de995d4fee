"""Whom a deployment reaches, as far as the viewer may see: before it is saved, and while it stands (R2, R12, R13)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q

from applications.models import Application, Deployment, GroupMember, Report
from applications.rules import versions
from applications.rules.eligibility import Reach, no_effect
from applications.rules.reasons import Reason
from applications.rules.words import Action, Target
from applications.status.reach import way_of
from devices.collections.refresh import devices_of
from devices.models import Collection, Device, DeviceMember, Person, PersonMember
from devices.models.device import DeviceQuerySet

SHOWN = 25
PRESENT = (Report.Found.INSTALLED, Report.Found.RESTART_PENDING)


@dataclass
class Outreach:
    """Numbers of devices: reached; of a site that does not list it; listed without any action; joined only to Azure
    AD, where nothing is installed for a person; where it is installed now. `persons`: None for a collection of
    devices."""

    devices: int = 0
    persons: int | None = None
    unlisted: int = 0
    status_only: int = 0
    azure_only: int = 0
    installed: int = 0
    first: list[Device] = field(default_factory=list)
    first_persons: list[Person] = field(default_factory=list)


def outreach(deployment: Deployment, user: Any) -> Outreach:
    """Seven queries at most, whatever the numbers. The deployment need not be saved; its collection is readable."""
    collection, application = deployment.collection, deployment.application
    devices = reached(collection, user)
    found = Outreach()
    rows = devices.order_by().values_list("site__version", "client_version", "join_type").annotate(number=Count("pk"))
    for site, client, join, number in rows:
        found.devices += number
        never = without_effect(deployment, site, join)
        if never is Reason.AZURE_AD_ONLY:
            found.azure_only += number
        elif never:
            found.unlisted += number
        elif Action.INSTALL not in actions(deployment, site, client):
            found.status_only += number
    is_there = installed(application, user)
    found.installed = devices.filter(is_there).count()
    found.first = list(
        devices.select_related("site")
        .annotate(is_there=ExpressionWrapper(is_there, BooleanField()))
        .order_by("name")[:SHOWN]
    )
    if target(collection) is Target.PERSON:
        persons = Person.objects.filter(memberships__collection=collection)
        found.persons = persons.count()
        found.first_persons = list(persons.order_by("username")[:SHOWN])
    return found


def reached(collection: Collection, user: Any) -> DeviceQuerySet:
    """The members; of a collection of persons the devices that they use, as far as these are in sight."""
    if collection.kind == Collection.Kind.DEVICES:
        return Device.objects.filter(Exists(DeviceMember.objects.filter(collection=collection, device=OuterRef("pk"))))
    members = PersonMember.objects.filter(collection=collection).values("person")
    return Device.objects.visible_to(user).filter(pk__in=devices_of(collection.kind, members).values("pk"))


def target(collection: Collection) -> Target:
    return Target.DEVICE if collection.kind == Collection.Kind.DEVICES else Target.PERSON


def without_effect(deployment: Deployment, site: str, join_type: str) -> Reason | None:
    """Why it takes no effect on a device of such a site and join type, by the rule that policy follows too."""
    way = way_of(deployment.purpose, deployment.requires_approval)
    reach = Reach(deployment.pk or 0, "", target(deployment.collection), way)
    return no_effect(site, join_type, deployment.application.is_group, reach)


def actions(deployment: Deployment, site: str, client: str) -> frozenset[Action]:
    """What an administrator can ask for; the rest shows its status."""
    row = versions.row_for(site, client)
    way = way_of(deployment.purpose, deployment.requires_approval)
    return row.on_request if (target(deployment.collection), way) in versions.ON_REQUEST else row.otherwise


def installed(application: Application, user: Any) -> Q:
    """For devices: it is there now, of a group every member. What was reported for persons out of sight is not told."""
    in_sight = Q() if user.is_superuser else Q(person__isnull=True) | Q(person__in=Person.objects.visible_to(user))
    present = Report.objects.filter(in_sight, found__in=PRESENT)
    if not application.is_group:
        return Q(Exists(present.filter(device=OuterRef("pk"), application=application)))
    members = GroupMember.objects.filter(group=application)
    there = present.filter(device=OuterRef(OuterRef("pk")), application=OuterRef("application"))
    return Q(Exists(members)) & ~Q(Exists(members.filter(~Exists(there))))
