"""Plain functions that make things for tests, with defaults for everything a test does not speak of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import Group, Permission, User

from applications.models import Application, Dependency, Deployment, DeploymentType, GroupMember, Report, Request
from applications.revisions import orders
from applications.revisions.definitions import definition_of, revise
from applications.rules.lifecycle import State
from devices.access import seals
from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION
from devices.client_api.enrolment import digest
from devices.models import (
    Collection,
    CollectionRight,
    CollectionRule,
    Device,
    DeviceMember,
    Person,
    PersonMember,
    SignIn,
    Site,
)

NOW = datetime(2026, 11, 20, 13, 32, tzinfo=UTC)
_number = count(1)


def make_site(name: str = "AMS", version: str = "2111", **facts: Any) -> Site:
    return Site.objects.get_or_create(name=name, defaults={"version": version, **facts})[0]


def make_person(username: str = "", **facts: Any) -> Person:
    return Person.objects.create(username=username or f"person{next(_number)}", **facts)


def make_device(
    name: str = "", *, online: bool = True, secret: str = "", collections: Any = (), **facts: Any
) -> Device:
    """A device with a recent client; with `secret` its client can speak to the console."""
    facts.setdefault("site", None)
    device = Device.objects.create(
        name=name or f"LT-{next(_number):04d}",
        online=online,
        online_since=NOW - timedelta(hours=1) if online else None,
        last_contact=NOW if online else NOW - timedelta(hours=2),
        secret_hash=digest(secret) if secret else "",
        **{
            "client_version": "2111",
            "platform": "linux",
            "os": "Debian 12",
            "join_type": "hybrid",
            **facts,
            "site": facts["site"] or make_site(),
        },
    )
    for collection in collections:
        add_member(collection, device)
    return device


def sign_in(device: Device, *persons: Person) -> None:
    for person in persons:
        SignIn.objects.create(device=device, person=person, since=NOW)


def make_collection(name: str = "", *members: Device | Person, persons: bool = False, **facts: Any) -> Collection:
    kind = (
        Collection.Kind.PERSONS if persons or any(isinstance(m, Person) for m in members) else Collection.Kind.DEVICES
    )
    collection = Collection.objects.create(name=name or f"Collection {next(_number)}", kind=kind, **facts)
    for member in members:
        add_member(collection, member)
    return collection


def add_member(collection: Collection, member: Device | Person) -> None:
    """A direct member, by a rule, as a refresh would make it."""
    if isinstance(member, Device):
        rule = CollectionRule.objects.create(collection=collection, kind="direct", device=member)
        DeviceMember.objects.create(collection=collection, device=member, rule=rule)
    else:
        rule = CollectionRule.objects.create(collection=collection, kind="direct", person=member)
        PersonMember.objects.create(collection=collection, person=member, rule=rule)


def make_application(name: str = "", *, types: int = 1, **facts: Any) -> Application:
    """An application with a deployment type (none with `types=0`) that knows all commands."""
    application = _application(name, **facts)
    for priority in range(types):
        _type(application, priority=priority + 1)
    return signed(application)


def make_type(application: Application, **facts: Any) -> DeploymentType:
    made = _type(application, **facts)
    signed(application)
    return made


def _application(name: str, **facts: Any) -> Application:
    return Application.objects.create(**{"name": name or f"Application {next(_number)}", "version": "1.0", **facts})


def _type(application: Application, **facts: Any) -> DeploymentType:
    return DeploymentType.objects.create(
        application=application,
        **{
            "name": f"Type {next(_number)}",
            "install_command": "true",
            "uninstall_command": "true",
            "repair_command": "true",
            "detection": {"kind": "file", "path": "/nowhere"},
            **facts,
        },
    )


def make_group(name: str = "", *members: Application, **facts: Any) -> Application:
    group = _application(name, is_group=True, **facts)
    for position, member in enumerate(members):
        GroupMember.objects.create(group=group, application=member, position=position)
    return signed(group)


def need(application: Application, *needs: Application) -> Application:
    """The application needs these first, in this order."""
    start = application.needs.count()
    for position, each in enumerate(needs, start + 1):
        Dependency.objects.create(application=application, needs=each, position=position)
    return signed(application)


def signed(application: Application) -> Application:
    """Signed as it stands now, as it would be when an administrator saves it."""
    revise(application, definition_of(application), None, NOW)
    return application


def deploy(
    application: Application,
    to: Collection | Device | Person,
    purpose: str = "available",
    *,
    approval: bool = False,
    **facts: Any,
) -> Deployment:
    """Aim an application at a collection, or at a collection of its own for one device or person."""
    collection = to if isinstance(to, Collection) else make_collection("", to)
    Collection.objects.filter(pk=collection.pk).mark_as_targets()
    return Deployment.objects.create(
        application=application, collection=collection, purpose=purpose, requires_approval=approval, **facts
    )


def make_report(device: Device, application: Application, found: str = "installed", **facts: Any) -> Report:
    return Report.objects.create(
        device=device,
        application=application,
        found=found,
        **{"ever_installed": found in ("installed", "restart_pending"), "reported_at": NOW, **facts},
    )


def make_request(device: Device, application: Application, state: str = "queued", **facts: Any) -> Request:
    """One that is sent has its order."""
    request = Request.objects.create(
        device=device,
        application=application,
        state=state,
        **{
            "target": application,
            "action": "install",
            "created_at": NOW,
            "expires_at": NOW + timedelta(days=30),
            **facts,
        },
    )
    if state == State.SENT:
        orders.sign([request], NOW)
    return request


def make_user(
    username: str = "", *permissions: str, reads: Any = (), superuser: bool = False, password: str = "secret"
) -> User:
    """A user whose one group has these permissions (`app.codename`) on these collections."""
    name = username or f"user{next(_number)}"
    if superuser:
        return sealed(User.objects.create_superuser(name, password=password))
    user = User.objects.create_user(name, password=password)
    if permissions or reads:
        group = Group.objects.create(name=f"Role of {name}")
        for permission in permissions:
            app, codename = permission.split(".")
            group.permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        for collection in reads:
            CollectionRight.objects.create(group=group, collection=collection)
        user.groups.add(group)
    return sealed(user)


def sealed(user: User) -> User:
    """With the rights that it has now, as if they were given in the console."""
    for group in user.groups.all():
        seals.seal_role(group)
    seals.seal_user(user)
    return user


def make_reader(*collections: Collection) -> User:
    return make_user("", READ_COLLECTION, READ_APPLICATION, reads=collections)


def make_approver(*collections: Collection) -> User:
    return make_user("", READ_COLLECTION, READ_APPLICATION, APPROVE, reads=collections)
