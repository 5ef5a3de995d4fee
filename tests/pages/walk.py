"""A console with two worlds in it, one of which a visitor must not see; and every address of the project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group, User
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from applications.requests.asking import ask
from applications.rules.words import Action
from audit.log import Subject, record
from audit.models import AuditEntry
from devices.access.ready_made_roles import SITE_ADMINISTRATOR, create_roles, everything_but_users
from devices.models import Collection, CollectionRight, CollectionRule
from tests.make import (
    add_member,
    deploy,
    make_application,
    make_approver,
    make_collection,
    make_device,
    make_group,
    make_person,
    make_reader,
    make_report,
    make_request,
    make_site,
    make_user,
    sign_in,
)

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind
# What the hidden world is called; none of it may reach who cannot see that world.
HIDDEN = (
    "LT-HIDDEN-77",
    "hidden.person",
    "Hildegard Hiddenname",
    "hidden.person@example.org",
    "Hidden devices collection",
    "Hidden persons collection",
)
HIDDEN_SITE = "HIDDENSITE"  # who may add devices sees all sites; a reader sees those of devices in sight
FRAGMENT = "hidden"  # fits all of it, and is itself none of it


@dataclass
class World:
    """`seen` and `hidden`: what fills the arguments of addresses, by kind."""

    seen: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, Any] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)

    def address(self, name: str, kind: str, *, hidden: bool = False) -> str:
        things = self.hidden if hidden else self.seen
        if kind == "type":
            return reverse(name, args=[things["application"], things["type"]])
        return reverse(name, args=[things[kind]] if kind else [])


def make_world() -> World:
    """The reader and the approver see the world `seen`, the stranger a third one, of one device."""
    world, now = World(), timezone.now()
    create_roles({})
    site, other = make_site("AMS"), make_site(HIDDEN_SITE)
    device, hidden_device = make_device("LT-SEEN-01", site=site, online=False), make_device("LT-HIDDEN-77", site=other)
    person = make_person("seen.person")
    secret = make_person("hidden.person", name="Hildegard Hiddenname", email="hidden.person@example.org")
    here, people = make_collection("Seen devices", device), make_collection("Seen persons", person)
    there = make_collection("Hidden devices collection", hidden_device)
    crowd = make_collection("Hidden persons collection", secret)
    gimp = make_application("GIMP", version="3.0.6")
    group = make_group("Office", gimp)
    deployments = [deploy(gimp, collection, approval=True) for collection in (here, there)]
    deploy(gimp, crowd)
    requests = []
    for each, collection in ((device, here), (hidden_device, there)):
        approver = make_approver(collection)
        requests.append(ask(approver, each, gimp, Action.INSTALL, now=now, address="192.0.2.7")[0])
        make_report(each, gimp, "failed")
        make_request(each, gimp, "failed", finished_at=now)
    sign_in(hidden_device, secret)
    record(Verb.CHANGED, Subject(Kind.COLLECTION, "Hidden devices collection"), actor="somebody")
    for things, of_device, of_person, collection, request, deployment, at in (
        (world.seen, device, person, here, requests[0], deployments[0], site),
        (world.hidden, hidden_device, secret, there, requests[1], deployments[1], other),
    ):
        things |= {
            "device": of_device.pk,
            "person": of_person.pk,
            "collection": collection.pk,
            "request": request.pk,
            "deployment": deployment.pk,
            "site": at.pk,
            "application": gimp.pk,
            "type": gimp.deployment_types.get().pk,
            "group": group.pk,
            "role": Group.objects.get(name="Reader").pk,
            "kind": "devices",
        }
    own = make_collection("Own devices", make_device("LT-OWN-01", site=make_site("EHV")))
    world.users = {
        "no role": make_user("nobody"),
        "reader": make_reader(here, people),
        "approver": make_approver(here, people),
        "stranger": make_reader(own),
        "superuser": make_user("root", superuser=True),
    }
    world.seen["user"] = world.hidden["user"] = world.users["superuser"].pk
    return world


def make_intruder(world: World) -> User:
    """Somebody with every permission of a site administrator, on a collection that touches the hidden world on every
    side: its device is also in a hidden collection, belongs to a hidden person, and rules name hidden things."""
    now = timezone.now()
    hidden_collection = Collection.objects.get(pk=world.hidden["collection"])
    crowd = Collection.objects.get(name="Hidden persons collection")
    secret = crowd.person_members.get().person
    device = make_device("LT-OWN-02", site=make_site("EHV"), primary_user=secret)
    add_member(hidden_collection, device)
    sign_in(device, secret)
    colleague = make_person("own.person")
    own = make_collection("Own collection", device)
    people = make_collection("Own persons", colleague)
    CollectionRule.objects.create(collection=own, kind="include", other=hidden_collection)
    CollectionRule.objects.create(collection=own, kind="exclude", other=hidden_collection)
    required = make_application("Company VPN")
    deploy(required, hidden_collection, "required", deadline=now)
    available = make_application("Zoom")
    deploy(available, own)
    deploy(available, hidden_collection, approval=True)
    deploy(make_application("For a person"), crowd)
    make_report(device, required)
    make_report(device, available, "installed", person=secret)
    make_request(device, available, person=secret)
    asked = make_request(device, required, "withdrawn", reason="required_deployment", finished_at=now)
    asked.events.create(at=now, state="withdrawn", code="required_deployment", facts={})
    record(Verb.CHANGED, Subject(Kind.PERSON, "hidden.person"), device=device, private=True)
    user = make_user("intruder")
    role = Group.objects.create(name="Intruder")
    role.permissions.set(everything_but_users())
    for collection in (own, people):
        CollectionRight.objects.create(group=role, collection=collection)
    user.groups.add(role)
    assert Group.objects.get(name=SITE_ADMINISTRATOR).permissions.count() == role.permissions.count()
    world.seen |= {
        "device": device.pk,
        "person": colleague.pk,
        "collection": own.pk,
        "request": asked.pk,
        "site": device.site_id,
        "application": available.pk,
        "type": available.deployment_types.get().pk,
        "deployment": available.deployments.get(collection=own).pk,
        "role": role.pk,
    }
    return user


def addresses() -> Iterator[tuple[str, str]]:
    """The name (with its namespaces) and the pattern of every address of the project."""
    return _below(get_resolver())


def _below(resolver: URLResolver, path: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        here = path + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _below(entry, here, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            yield f"{space}{entry.name}", here
