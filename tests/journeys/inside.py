"""What journeys ask of the console's data, behind its pages; runs in a process of its own (Whole.inside)."""

from __future__ import annotations

import json
import sys
import traceback
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from applications.authoring.tasks import announce
from applications.models import Application, Report, Request
from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION
from devices.models import Device, Person, Site
from devices.presence.tasks import policy_changed
from tests import make

PASSWORD = "an administrator of journeys"


def listen() -> None:
    """Answers each line of standard input, a JSON [function, arguments], with a line of JSON."""
    for line in sys.stdin:
        name, facts = json.loads(line)
        try:
            answer: dict[str, Any] = {"value": globals()[name](**facts)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


def this_machine() -> Device:
    return Device.objects.exclude(secret_hash="").get()


def device() -> dict[str, Any]:
    """The device on which the client runs."""
    found = this_machine()
    return {
        "pk": found.pk,
        "name": found.name,
        "online": found.online,
        "connected": found.stream is not None,
        "collections": found.memberships.count(),
        "signed_in": sorted(found.signed_in.values_list("username", flat=True)),
    }


def a_minute_passes() -> None:
    """The device was heard of a minute longer ago than it was."""
    Device.objects.filter(pk=this_machine().pk).update(last_contact=F("last_contact") - timedelta(seconds=61))


def software(
    *,
    name: str,
    folder: str,
    to: str = "device",
    purpose: str = "available",
    approval: bool = False,
    version: str = "1.0",
    held: bool = False,
    run_as: str = "system",
    superseded_by: int | None = None,
    due_in: float | None = None,
) -> int:
    """An application that really installs: a file in `folder`, which also tells how often its commands ran.

    `to` is "device", "nobody", or "person:NAME"; an installation that is `held` tells that it is half way and waits
    there for Whole.release; `due_in` seconds until the deadline. Answers its key.
    """
    there = f"{folder}/{name}"
    wait = f"echo 'koppel-progress: 50 Half way'; while [ ! -e '{there}.go' ]; do sleep 0.1; done; " if held else ""
    application = make.make_application(
        name, version=version, publisher="Journeys", types=0, superseded_by_id=superseded_by
    )
    make.make_type(
        application,
        name="Linux",
        run_as=run_as,
        install_command=f"id -un >> '{there}.install'; {wait}echo {version} > '{there}'; echo Put it there",
        uninstall_command=f"id -un >> '{there}.uninstall'; rm -f '{there}'; echo Took it away",
        repair_command=f"id -un >> '{there}.repair'; echo {version} > '{there}'; echo Put it right",
        detection={"kind": "file", "path": there},
    )
    if to != "nobody":
        aim(application.pk, to, purpose, approval=approval, due_in=due_in)
    return application.pk


def aim(
    application: int,
    to: str = "device",
    purpose: str = "available",
    *,
    approval: bool = False,
    due_in: float | None = None,
) -> None:
    kind, _, username = to.partition(":")
    target = Person.objects.get(username=username) if kind == "person" else this_machine()
    found = Application.objects.get(pk=application)
    deadline = None if due_in is None else timezone.now() + timedelta(seconds=due_in)
    collection = make.make_collection(f"{found.name} for {target}, {purpose}", target)
    make.deploy(found, collection, purpose, approval=approval, deadline=deadline)
    announce(collections=[collection.pk])


def group(*, name: str, members: list[int]) -> int:
    """A group of applications, available to the device."""
    found = Application.objects.in_bulk(members)
    made = make.make_group(name, *(found[pk] for pk in members), publisher="Journeys")
    aim(made.pk)
    return made.pk


def becomes(*, site_version: str = "", join_type: str = "") -> None:
    """The site gets another version, the device another join type; its client is told to fetch its policy."""
    device = this_machine()
    if site_version:
        Site.objects.filter(pk=device.site_id).update(version=site_version)
    if join_type:
        Device.objects.filter(pk=device.pk).update(join_type=join_type)
    policy_changed([device.pk])


def require_group(*, name: str, members: list[int]) -> None:
    """A group that must be on the device at once."""
    made = make.make_group(name, *(Application.objects.get(pk=pk) for pk in members), publisher="Journeys")
    aim(made.pk, purpose="required")


def primary_user(*, username: str) -> None:
    """Makes a person the primary user of the device."""
    person = Person.objects.get_or_create(username=username)[0]
    Device.objects.filter(pk=this_machine().pk).update(primary_user=person)


def user(*, username: str, sees: str = "", approves: bool = False) -> None:
    """A user of the console who sees "here" (this device), "elsewhere" (another one), or has no role."""
    if User.objects.filter(username=username).exists():
        return
    permissions = (READ_COLLECTION, READ_APPLICATION, *([APPROVE] if approves else [])) if sees else ()
    seen = this_machine() if sees == "here" else Device.objects.filter(secret_hash="").first()
    reads = [make.make_collection(f"What {username} sees", seen)] if sees and seen else []
    make.make_user(username, *permissions, reads=reads, password=PASSWORD)


def crowd(*, name: str, count: int) -> None:
    """Devices without a client, whose names begin with `name`."""
    site = this_machine().site
    Device.objects.bulk_create(Device(name=f"{name}{number:04}", site=site) for number in range(count))


def crowd_leaves(*, name: str) -> None:
    Device.objects.filter(name__startswith=name).delete()


def application(*, name: str, version: str = "1.0") -> int:
    """The key of an application."""
    return Application.objects.get(name=name, version=version).pk


@transaction.atomic
def scene() -> dict[str, Any]:
    """Something of everything, for pages to show: the keys by kind, as in tests.pages.test_every_url."""
    now = timezone.now()
    site = make.make_site("Scene", "2111")
    person = make.make_person("v.scene", name="Vera Scene", department="Design")
    other = make.make_person("w.scene")
    device = make.make_device("LT-SCENE-01", site=site, online=False, primary_user=person)
    old = make.make_device("LT-SCENE-02", site=make.make_site("Scene old", "2006"), online=False)
    make.sign_in(device, person)
    collection = make.make_collection("Scene devices", device, old, comment="Everything on the stage")
    persons = make.make_collection("Scene persons", person, other)
    empty = make.make_collection("Scene empty")
    newest = make.make_application("Scene Writer", version="3.0", publisher="Scene", description="Writes letters.")
    older = make.make_application("Scene Writer", version="2.0", superseded_by=newest)
    found = {"installed": "", "failed": "exit_code", "requirements_not_met": "", "restart_pending": "restart"}
    made = {}
    for state, reason in {**found, "not_installed": "removed_outside", "available": ""}.items():
        made[state] = make.make_application(f"Scene {state}", publisher="Scene")
        if state != "available":
            facts = {"exit_code": 1603, "meaning": "fatal error during installation", "at": now.isoformat()}
            make.make_report(
                device, made[state], state, reason=reason, facts=facts if reason else {}, ever_installed=True
            )
    made["asked"], made["running"] = make.make_application("Scene asked"), make.make_application("Scene running")
    for application in (newest, older, *made.values()):
        make.deploy(application, collection, approval=application.pk % 2 == 0)
    made["required"] = make.make_application("Scene required")
    make.deploy(made["required"], collection, "required", deadline=now + timedelta(days=1), available_from=now)
    deployment = make.deploy(newest, persons)
    group = make.make_group("Scene group", newest, made["failed"], made["installed"])
    make.deploy(group, collection)
    make.make_request(device, made["asked"], created_at=now, requester="admin", waits_for="")
    make.make_request(device, made["running"], "running", percent=40, progress_text="Copying", created_at=now)
    request = make.make_request(
        device, made["failed"], "failed", reason="exit_code", facts={"exit_code": 1603}, finished_at=now, created_at=now
    )
    for state in ("queued", "sent", "acknowledged", "running", "failed"):
        request.events.create(at=now, state=state, actor="admin", address="192.0.2.7" if state == "queued" else None)
    request.steps.create(
        application=made["failed"], ran=True, exit_code=1603, reason="exit_code", output="Error 1923.\nEnding.\n"
    )
    return {
        **{f"app {state}": application.pk for state, application in made.items()},
        "app older": older.pk,
        "old device": old.pk,
        "persons": persons.pk,
        "empty": empty.pk,
        "kind": "devices",
        "device": device.pk,
        "person": person.pk,
        "collection": collection.pk,
        "request": str(request.pk),
        "deployment": deployment.pk,
        "site": site.pk,
        "application": newest.pk,
        "group": group.pk,
        "type": newest.deployment_types.get().pk,
        "role": Group.objects.get(name="Reader").pk,
        "user": User.objects.get(username="admin").pk,
        "here": this_machine().pk,
    }


def reported(*, application: int) -> None:
    """The client said that it is installed here."""
    found = {"found": "installed", "ever_installed": True, "reported_at": timezone.now()}
    Report.objects.update_or_create(device=this_machine(), application_id=application, defaults=found)


def requests(*, application: int) -> list[dict[str, Any]]:
    """The requests for an application, oldest first."""
    found = Request.objects.filter(target=application).order_by("created_at")
    return [{"state": each.state, "deliveries": each.deliveries, "reason": each.reason} for each in found]


def hold_requests() -> None:
    """Nobody else can change a request until `let_go`."""
    held.__enter__()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE applications_request IN EXCLUSIVE MODE")


def let_go() -> None:
    held.__exit__(None, None, None)


held = transaction.atomic()  # immediate on SQLite: it keeps out every other writer
