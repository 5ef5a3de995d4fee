"""Random rights on random worlds: what a plain reading of R18 does not let somebody see appears on no page (R19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from audit.log import Subject, record
from audit.models import VIEW_AUDIT, AuditEntry
from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION
from tests.make import (
    deploy,
    make_application,
    make_collection,
    make_device,
    make_person,
    make_report,
    make_request,
    make_user,
    sign_in,
)
from tests.pages.test_every_url import OWN, PAGES
from tests.pages.walk import World

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind
PERMISSIONS = (
    *(READ_COLLECTION, READ_APPLICATION, APPROVE, VIEW_AUDIT),
    *("devices.change_device", "devices.change_collection", "devices.change_person", "applications.change_deployment"),
)


@dataclass
class Random:
    """A small world, drawn: its things by kind, each with a name that occurs nowhere else."""

    draw: Any

    def __post_init__(self):
        draw = self.draw
        self.persons = [make_person(f"person{number}q") for number in range(3)]
        self.devices = [
            make_device(f"device{number}q", primary_user=draw(st.sampled_from([None, *self.persons])))
            for number in range(4)
        ]
        for device in self.devices:
            sign_in(device, *self.some(self.persons))
        self.collections = [
            *self.collections_of("devices", self.devices),
            *self.collections_of("persons", self.persons),
        ]
        self.applications = [make_application() for _ in range(3)]
        aimed, purposes = st.sampled_from(self.collections), st.sampled_from(["available", "required"])
        self.deployments = [deploy(application, draw(aimed), draw(purposes)) for application in self.applications]
        self.requests = []
        for device in self.devices:
            application, person = draw(st.sampled_from(self.applications)), draw(st.sampled_from([None, *self.persons]))
            make_report(device, application, draw(st.sampled_from(["installed", "failed"])), person=person)
            self.requests.append(make_request(device, application, person=person))
            record(Verb.ASKED, Subject(Kind.REQUEST, f"{application}, {device}"), device=device)
            if person:
                record(Verb.CHANGED, Subject(Kind.PERSON, str(person)), device=device, private=True)
        self.user = make_user("visitor")
        for _ in range(2):
            role = make_user("", *self.some(PERMISSIONS), reads=self.some(self.collections)).groups.first()
            self.user.groups.add(*([role] if role else []))

    def some(self, things) -> list[Any]:
        return self.draw(st.lists(st.sampled_from(things), unique=True))

    def collections_of(self, kind, things):
        made = []
        for number in range(3):
            limiting = self.draw(st.sampled_from([None, *made]))
            made.append(
                make_collection(f"{kind}{number}q", *self.some(things), persons=kind == "persons", limiting=limiting)
            )
        return made

    def readable(self) -> set[Any]:
        """R18, sentence by sentence: a role with read carries collections, and what is limited to them is included."""
        found = set()
        for role in self.user.groups.all():
            if role.permissions.filter(codename="read_collection").exists():
                found |= {right.collection for right in role.collection_rights.all()}
        while more := {each for each in self.collections if each.limiting in found and each.limiting} - found:
            found |= more
        return found

    def hidden(self) -> dict[str, list[Any]]:
        """What this user may not see, by kind."""
        readable = self.readable()
        devices = {member.device for each in readable for member in each.device_members.all()}
        persons = {member.person for each in readable for member in each.person_members.all()}
        return {
            "device": [each for each in self.devices if each not in devices],
            "person": [each for each in self.persons if each not in persons],
            "collection": [each for each in self.collections if each not in readable],
        }

    def an_address(self) -> World:
        """Any thing of each kind, in sight or not."""
        things: dict[str, list[Any]] = {
            "device": self.devices,
            "person": self.persons,
            "collection": self.collections,
            "application": self.applications,
            "deployment": self.deployments,
            "request": self.requests,
        }
        seen = {kind: self.draw(st.sampled_from(some)).pk for kind, some in things.items()}
        application = self.applications[0]
        more = {"type": application.deployment_types.first().pk, "site": self.devices[0].site_id, "kind": "devices"}
        return World(seen=seen | more | {"group": application.pk, "role": 1, "user": self.user.pk})


@pytest.mark.django_db
class RandomRights(TestCase):
    """The names in the answers of a console whose rights are drawn at random."""

    @settings(
        max_examples=10, phases=(Phase.explicit, Phase.generate), deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def test_r19_nothing_out_of_sight_is_on_any_page(self, data):
        cache.clear()
        world = Random(data.draw)
        hidden = world.hidden()
        names = [str(each) for things in hidden.values() for each in things]
        world.user.refresh_from_db()
        self.client.force_login(world.user)
        where = world.an_address()
        query = data.draw(st.sampled_from(["", "?q=q", "?sort=-signed_in", "?sort=-primary_user&q=person"]))
        for name, row in PAGES.items():
            if name in OWN:
                continue
            answer = self.client.get(where.address(name, row[0]) + query)
            text = b"".join(answer).decode("utf-8-sig")  # also of a file that streams
            assert [each for each in names if each in text] == [], name
        if world.readable():
            for kind, page in (("device", "devices:overview"), ("person", "devices:person")):
                pk = where.seen[kind]
                status = self.client.get(where.address(page, kind)).status_code
                assert (status == 404) == (pk in {each.pk for each in hidden[kind]})
            total = self.client.get("/devices/").context["fleet"].total
            assert total == len(world.devices) - len(hidden["device"])
