"""Which clients are told to fetch their policy after a change: those connected that it concerns, and nobody else."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse

from applications.authoring import tasks
from devices.models import Device
from tests.make import (
    deploy,
    make_application,
    make_collection,
    make_device,
    make_group,
    make_person,
    make_report,
    make_request,
    sign_in,
)
from tests.pages.author import NO_DEPENDENCIES, root, type_form

pytestmark = pytest.mark.django_db


def connected(collections=(), applications=()):
    devices = Device.objects.in_bulk(tasks.connected(collections, applications))
    return sorted(device.name for device in devices.values())


@pytest.fixture
def fleet():
    """Everybody connected: a member, who is primary user, who is signed in, who is none of these; and one offline."""
    mara, joris = make_person("m.deboer"), make_person("j.visser")
    collection = make_collection("Devices", make_device("member", stream=uuid4()), make_device("offline"))
    make_device("primary", primary_user=mara, stream=uuid4())
    sign_in(make_device("signed in", stream=uuid4()), joris)
    make_device("stranger", stream=uuid4())
    return collection, make_collection("Persons", mara, joris)


def test_the_connected_devices_of_a_collection_and_of_its_persons(fleet):
    devices, persons = fleet
    assert connected([devices.pk]) == ["member"]
    assert connected([persons.pk]) == ["primary", "signed in"]
    assert connected([devices.pk, persons.pk]) == ["member", "primary", "signed in"]
    assert connected() == []


def test_a_changed_application_concerns_whoever_it_is_deployed_to_by_itself_or_in_a_group(fleet):
    devices, persons = fleet
    alone, member = make_application(), make_application()
    deploy(alone, devices)
    deploy(make_group("Office", member), persons)
    assert connected(applications=[alone.pk]) == ["member"]
    assert connected(applications=[member.pk]) == ["primary", "signed in"]


def test_r16_what_requires_approval_is_in_the_policy_only_where_it_was_asked_for_or_is_installed(fleet):
    devices, _persons = fleet
    application = make_application()
    deploy(application, devices, approval=True)
    assert connected(applications=[application.pk]) == []
    make_request(Device.objects.get(name="member"), application)
    make_report(Device.objects.get(name="stranger"), application)
    assert connected(applications=[application.pk]) == ["member", "stranger"]


def said(monkeypatch):
    """What is handed to the worker, as the browser's request ends."""
    handed = []
    monkeypatch.setattr(tasks, "enqueue", lambda task, *args: handed.append((task, *args)))
    return handed


def test_each_change_is_announced_after_it_is_saved(fleet, monkeypatch, django_capture_on_commit_callbacks):
    devices, _persons = fleet
    application = make_application("GIMP")
    handed, client = said(monkeypatch), root()
    plan = {"application": application.pk, "collection": devices.pk, "purpose": "available"}
    renamed = {"name": "GIMP", "version": "3", **NO_DEPENDENCIES}
    type_address = reverse("applications:type_create", args=[application.pk])
    steps = (
        ("/deployments/new", plan, ([devices.pk], [])),
        ("deployment_edit", {"available_from": "2026-11-20T10:00"}, ([devices.pk], [])),
        ("deployment_edit", {"available_from": "2026-11-20T10:00"}, None),  # nothing changed
        (type_address, type_form(), ([], [application.pk])),
        (reverse("applications:edit", args=[application.pk]), {**renamed}, ([], [application.pk])),
        (reverse("applications:edit", args=[application.pk]), {**renamed, "publisher": "x"}, None),
        ("deployment_delete", {}, ([devices.pk], [])),
    )
    for address, form, concerned in steps:
        if not address.startswith("/"):
            address = reverse(f"applications:{address}", args=[application.deployments.get().pk])
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(address, form).status_code == 302, address
        assert handed == ([(tasks.push_policy_of, *concerned)] if concerned else []), address
        handed.clear()


def test_r16_a_deployment_that_requires_approval_is_announced_only_when_that_changes(
    fleet, monkeypatch, django_capture_on_commit_callbacks
):
    devices, _persons = fleet
    handed, client = said(monkeypatch), root()
    deployment = deploy(make_application(), devices, approval=True)
    address = reverse("applications:deployment_edit", args=[deployment.pk])
    for form, announced in (
        ({"requires_approval": "on", "available_from": "2026-11-20T10:00"}, 0),
        ({"available_from": "2026-11-20T10:00"}, 1),
    ):
        handed.clear()
        with django_capture_on_commit_callbacks(execute=True):
            client.post(address, form)
        assert len(handed) == announced


@pytest.mark.parametrize("number", [10, 300])
def test_the_worker_asks_a_fixed_number_of_queries(number, django_assert_max_num_queries):
    collection = make_collection("Everything", *(make_device(stream=uuid4()) for _ in range(number)))
    application = make_application()
    deploy(application, collection)
    with django_assert_max_num_queries(3):
        assert len(list(tasks.connected([], [application.pk]))) == number
