"""Devices, applications and deployments to measure with, made in bulk; called again it only adds what is missing."""

from datetime import timedelta

from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from applications.models import Application, Deployment, DeploymentType, Report
from applications.revisions.definitions import definition_of, revise
from devices.client_api.enrolment import digest
from devices.collections.built_in import create_built_in
from devices.models import Collection, CollectionRight, CollectionRule, Device, DeviceMember, Person, Site

APPLICATIONS = 70
BATCH = 5000
SYSTEMS = ("Debian 12", "Windows 11 24H2", "macOS 15.1", "Ubuntu 24.04")
PASSWORD = "a password for measuring"


def fill(devices: int) -> None:
    """So many devices in all: each is in the collection that all applications are deployed to with approval."""
    site, _ = Site.objects.get_or_create(name="BENCH", defaults={"version": "2111"})
    everything = create_built_in()["devices"]
    limited, new = Collection.objects.get_or_create(name="Bench", defaults={"kind": "devices", "limiting": everything})
    if new:
        CollectionRule.objects.create(collection=limited, kind=CollectionRule.Kind.QUERY)
    if not Application.objects.filter(name__startswith="Bench").exists():
        _applications(limited)
        _approver(limited)
        Person.objects.bulk_create(Person(username=f"bench{number}", name=f"Bench {number}") for number in range(500))
    persons = list(Person.objects.values_list("pk", flat=True))
    now, reported = timezone.now(), _reported()
    have = Device.objects.filter(site=site).count()
    for start in range(have, devices, BATCH):
        made = Device.objects.bulk_create(
            Device(
                name=f"BENCH-{number:06d}",
                site=site,
                secret_hash=digest(f"bench-{number}"),
                platform="linux",
                os=SYSTEMS[number % len(SYSTEMS)],
                client_version="2111",
                join_type="hybrid",
                primary_user_id=persons[number % len(persons)],
                enrolled_at=now,
                last_contact=now - timedelta(minutes=number % 100_000),
            )
            for number in range(start, min(start + BATCH, devices))
        )
        for collection in (everything, limited):
            members = (DeviceMember(collection=collection, device=device) for device in made)
            DeviceMember.objects.bulk_create(members, ignore_conflicts=True)  # the clock refreshes them too
        Report.objects.bulk_create(
            Report(device=device, application_id=application, found="installed", ever_installed=True, reported_at=now)
            for device in made
            for application in reported
        )


def devices() -> list[int]:
    """The ids by the number in the secret."""
    return list(Device.objects.filter(name__startswith="BENCH-").order_by("name").values_list("pk", flat=True))


def clickable() -> list[int]:
    """The applications (ids) that an administrator may ask for."""
    return list(Application.objects.filter(name__startswith="Bench").order_by("name").values_list("pk", flat=True))[5:]


def _reported() -> list[int]:
    return list(Application.objects.filter(name__startswith="Bench").order_by("name").values_list("pk", flat=True))[:3]


def _applications(collection: Collection) -> None:
    applications = Application.objects.bulk_create(
        Application(name=f"Bench {number:02d}", version="1.0", publisher="Bench") for number in range(APPLICATIONS)
    )
    DeploymentType.objects.bulk_create(
        DeploymentType(
            application=application,
            name="Shell",
            install_command="true",
            uninstall_command="true",
            detection={"kind": "file", "path": "/nowhere"},
        )
        for application in applications
    )
    for application in applications:
        revise(application, definition_of(application), None, timezone.now())
    Deployment.objects.bulk_create(
        Deployment(application=application, collection=collection, requires_approval=True)
        for application in applications
    )
    Collection.objects.filter(pk=collection.pk).mark_as_targets()


def _approver(collection: Collection) -> None:
    group = Group.objects.create(name="Bench")
    codenames = ("read_collection", "read_application", "approve_application")
    group.permissions.set(Permission.objects.filter(codename__in=codenames))
    CollectionRight.objects.create(group=group, collection=collection)
    User.objects.create_user("bench-approver", password=PASSWORD).groups.add(group)
