"""What journeys ask of the console's data, behind its pages; runs in a process of its own (Whole.inside)."""

from __future__ import annotations

import json
import sys
import traceback
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from applications.authoring.announce import announce
from applications.models import Application, Request
from devices.models import Device, Person
from devices.rights import APPROVE, READ_APPLICATION, READ_COLLECTION
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
    signed_in = sorted(found.signed_in.values_list("username", flat=True))
    return {
        "pk": found.pk,
        "name": found.name,
        "online": found.online,
        "connected": found.stream is not None,
        "listed": found.collections.count() if hasattr(found, "collections") else 0,
        "signed_in": signed_in,
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
    steps: int = 0,
    run_as: str = "system",
    superseded_by: int | None = None,
    due_in: float | None = None,
) -> int:
    """An application that really installs: a file in `folder`, which also tells how often its commands ran.

    `to` is "device", "nobody", or "person:NAME"; `steps` of 0.3 s each, with progress; `due_in` seconds until the
    deadline. Answers its key.
    """
    there = f"{folder}/{name}"
    wait = f'i=1; while [ $i -le {steps} ]; do echo "koppel-progress: $((i * 100 / {steps})) Part $i of {steps}"; '
    wait = f"{wait}sleep 0.3; i=$((i + 1)); done; " if steps else ""
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
