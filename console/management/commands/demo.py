"""`manage.py demo`: fills an empty console with a small fleet and applications, some of which really install."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from applications.models import Application, Deployment, DeploymentType, GroupMember, Report
from applications.revisions.definitions import definition_of, revise
from console.demo import fleet
from console.demo.software import SOFTWARE, Software
from devices.collections import refresh
from devices.collections.built_in import create_built_in
from devices.models import Collection, CollectionRule, Device, Person, Site


class Command(BaseCommand):
    help = "Fills an empty console with demo data: sites, collections, some 40 devices, some 15 applications."

    def handle(self, *args: Any, **options: Any) -> None:
        if Device.objects.exists() or Application.objects.exists():
            raise CommandError("This console is not empty; demo data is only for a new one.")
        now = timezone.now()
        with transaction.atomic():
            make_fleet(now)
            make_collections()
            make_software(now)
            refresh.refresh_all(now)
            make_history()
        self.stdout.write(f"Made {Device.objects.count()} devices and {Application.objects.count()} applications.")


def make_fleet(now: datetime) -> None:
    """Two in three devices were heard of last weeks ago, the others never connected."""
    sites = [Site.objects.get_or_create(name=name, defaults={"version": version})[0] for name, version in fleet.SITES]
    persons = [
        Person.objects.create(username=username, name=name, department=department, email=f"{username}@example.org")
        for username, name, department in fleet.PERSONS
    ]
    for number in range(fleet.NUMBER):
        site = sites[(0, 0, 1, 2, 0, 2)[number % 6]]
        platform, os = fleet.OSES[number % len(fleet.OSES)]
        clients = fleet.CLIENTS[site.version]
        known = number % 3 != 2
        contact = now - timedelta(days=15 + number * 2, minutes=number * 37) if known else None
        Device.objects.create(
            name=f"{'LT' if number % 4 else 'PC'}-{site.name}-{100 + number * 37 % 900:04d}",
            site=site,
            primary_user=persons[number % len(persons)] if number % 5 else None,
            primary_by=Device.PrimaryBy.IMPORT,
            platform=platform,
            os=os,
            architecture="x86_64" if platform != "macos" else "arm64",
            memory_mb=(8, 16, 32)[number % 3] * 1024,
            client_version=clients[number % len(clients)] if known else "",
            join_type=fleet.JOINS[number % len(fleet.JOINS)] if platform == "windows" else "none",
            time_zone="Europe/Amsterdam",
            last_contact=contact,
            inventory_at=contact,
            restart_pending_since=contact if known and number % 9 == 4 else None,
        )


def make_collections() -> None:
    built_in = create_built_in()
    for name, kind, comment, query in fleet.COLLECTIONS:
        collection = Collection.objects.create(name=name, kind=kind, comment=comment, limiting=built_in[kind])
        CollectionRule.objects.create(collection=collection, kind=CollectionRule.Kind.QUERY, query=query)


def make_software(now: datetime) -> None:
    made = {f"{each.name} {each.version}": make_application(each) for each in SOFTWARE}
    for each in SOFTWARE:
        application = made[f"{each.name} {each.version}"]
        if each.superseded_by:
            application.superseded_by = made[each.superseded_by]
            application.save()
        for position, member in enumerate(each.members, 1):
            GroupMember.objects.create(group=application, application=made[member], position=position)
        for collection, way in each.deployed.items():
            required = way == "required"
            Deployment.objects.create(
                application=application,
                collection=Collection.objects.get(name=collection),
                purpose="required" if required else "available",
                requires_approval=way == "approval",
                available_from=now - timedelta(days=30) if required else None,
                deadline=(now + timedelta(days=3)).replace(hour=18, minute=0, second=0, microsecond=0)
                if required
                else None,
            )
    Collection.objects.filter(deployments__isnull=False).mark_as_targets()
    for application in made.values():
        revise(application, definition_of(application), None, now)


def make_application(software: Software) -> Application:
    application = Application.objects.create(
        name=software.name,
        version=software.version,
        publisher=software.publisher,
        description=software.description,
        is_group=bool(software.members),
    )
    for priority, each in enumerate(software.types, 1):
        for platform in each.platforms:
            DeploymentType.objects.create(
                application=application,
                name=f"{DeploymentType.Platform(platform).label} {software.version}",
                priority=priority,
                platform=platform,
                run_as=each.run_as,
                install_command=each.install,
                uninstall_command=each.uninstall,
                repair_command=each.repair,
                detection=each.detection,
                requirements=list(each.requirements),
                max_run_minutes=each.minutes,
            )
    return application


def make_history() -> None:
    """What the clients that fell silent had reported by then."""
    for number, device in enumerate(Device.objects.filter(platform="windows", last_contact__isnull=False)):
        for place, name in enumerate(("7-Zip", "Firefox ESR", "KeePassXC")):
            if (number + place) % 4 == 3:
                continue
            failed = (number + place * 2) % 9 == 5
            Report.objects.create(
                device=device,
                application=Application.objects.get(name=name),
                found=Report.Found.FAILED if failed else Report.Found.INSTALLED,
                reason="exit_code" if failed else "",
                facts={"exit_code": 1603, "meaning": "fatal error during installation"} if failed else {},
                ever_installed=not failed,
                reported_at=device.last_contact or timezone.now(),
            )
