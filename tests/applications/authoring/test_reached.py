"""Whom a deployment reaches: the numbers of the preview, against the rules that decide later (R10, R12, R13, R14)."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from applications.authoring.reached import outreach
from applications.models import Deployment
from applications.rules.versions import row_for
from applications.status.in_sql import applications_on
from pages.deployments.preview import notes
from tests.make import (
    add_member,
    deploy,
    make_application,
    make_collection,
    make_device,
    make_group,
    make_person,
    make_reader,
    make_report,
    make_site,
    make_user,
    sign_in,
)
from ui.middleware.per_request import learning

pytestmark = pytest.mark.django_db
VERSIONS = ("2006", "2010", "2103", "2111")


def titles(deployment, found):
    return [note["title"] for note in notes(deployment, found)]


@pytest.mark.parametrize(
    ("persons", "purpose", "approval", "is_group"),
    [
        (persons, purpose, approval, is_group)
        for persons, (purpose, approval), is_group in product(
            (False, True), (("required", False), ("available", False), ("available", True)), (False, True)
        )
    ],
)
def test_r12_r13_the_preview_foresees_on_how_many_devices_it_will_be_listed(persons, purpose, approval, is_group):
    """One device on a site of every version, with an old client and a recent one; compared with the real lists."""
    person = make_person("j.visser")
    devices = [
        make_device(site=make_site(f"S{site}", site), client_version=client, primary_user=person)
        for site, client in product(VERSIONS, ("2006", "2111"))
    ]
    application = make_application()
    if is_group:
        application = make_group("Office", application)
    collection = make_collection("Persons", person) if persons else make_collection("Devices", *devices)
    found = outreach(
        Deployment(application=application, collection=collection, purpose=purpose, requires_approval=approval),
        make_user("root", superuser=True),
    )
    deploy(application, collection, purpose, approval=approval)
    listed = [device for device in devices if applications_on(device).exists()]
    assert (found.devices, found.persons) == (8, 1 if persons else None)
    assert found.devices - found.unlisted == len(listed)
    on_request = persons if purpose == "available" and not approval else approval
    without = [
        device
        for device in listed
        if not (
            row_for(device.site.version, device.client_version).on_request
            if on_request
            else row_for(device.site.version, device.client_version).otherwise
        )
    ]
    assert found.status_only == len(without)


def test_what_is_installed_already_is_counted_once_per_device():
    application, person = make_application(), make_person()
    devices = [make_device() for _ in range(4)]
    make_report(devices[0], application)
    make_report(devices[0], application, person=person)
    make_report(devices[1], application, "restart_pending")
    make_report(devices[2], application, "not_installed")
    make_report(devices[3], make_application())
    deployment = deploy(application, make_collection("Everything", *devices))
    found = outreach(deployment, make_user("root", superuser=True))
    assert found.installed == 2
    assert [vars(device)["is_there"] for device in found.first] == [True, True, False, False]
    assert "Installed already on 2 devices" in titles(deployment, found)


def test_r13_a_group_is_installed_where_all_its_members_are():
    a, b = make_application(), make_application()
    devices = [make_device() for _ in range(2)]
    for device in devices:
        make_report(device, a)
    make_report(devices[0], b)
    everything, user = make_collection("Everything", *devices), make_user("root", superuser=True)
    assert outreach(deploy(make_group("Both", a, b), everything), user).installed == 1
    assert outreach(deploy(make_group("Nobody"), everything), user).installed == 0


def test_r18_what_is_installed_for_somebody_out_of_sight_is_not_told():
    application, device = make_application(), make_device()
    make_report(device, application, person=make_person())
    everything = make_collection("Everything", device)
    deployment = deploy(application, everything)
    assert outreach(deployment, make_user("root", superuser=True)).installed == 1
    assert outreach(deployment, make_reader(everything)).installed == 0


def test_r14_devices_joined_only_to_azure_ad_are_counted_for_persons():
    person = make_person()
    for join in ("azure_ad", "hybrid"):
        sign_in(make_device(join_type=join), person)
    deployment = deploy(make_application(), make_collection("Persons", person))
    found = outreach(deployment, make_user("root", superuser=True))
    assert (found.devices, found.azure_only) == (2, 1)
    assert "Joined only to Azure AD: 1 device" in titles(deployment, found)


def test_a_device_that_two_persons_of_the_collection_use_is_one_device():
    persons = [make_person(), make_person()]
    device = make_device(primary_user=persons[0])
    sign_in(device, *persons)
    deployment = deploy(make_application(), make_collection("Persons", *persons))
    found = outreach(deployment, make_user("root", superuser=True))
    assert (found.devices, found.persons, len(found.first)) == (1, 2, 1)


def test_the_first_25_are_shown_by_name():
    collection = make_collection("Everything")
    for number in range(30, 0, -1):
        add_member(collection, make_device(f"PC-{number:02d}"))
    found = outreach(deploy(make_application(), collection), make_user("root", superuser=True))
    assert found.devices == 30
    assert [device.name for device in found.first] == [f"PC-{number:02d}" for number in range(1, 26)]


def test_what_somebody_should_know_before():
    newer = make_application("New")
    older = make_application("Old", superseded_by=newer)
    user = make_user("root", superuser=True)
    empty = make_collection("Empty")
    deployment = deploy(older, empty, "required")
    said = titles(deployment, outreach(deployment, user))
    assert said == ["It reaches nobody now", "It installs at once", "Old 1.0 is superseded by New 1.0"]
    deployment.deadline = timezone.now() + timedelta(days=1)
    assert "It installs at once" not in titles(deployment, outreach(deployment, user))
    approval = deploy(newer, empty, approval=True)
    assert "It requires approval" in titles(approval, outreach(approval, user))


@pytest.mark.parametrize("number", [10, 300])
def test_the_preview_takes_a_fixed_number_of_queries(number, django_assert_max_num_queries):
    person = make_person()
    devices = [make_device(primary_user=person) for _ in range(number)]
    user = make_reader(everything := make_collection("Everything", *devices), persons := make_collection("P", person))
    application = make_group("Office", make_application(), make_application())
    for collection in (everything, persons):
        with learning(), django_assert_max_num_queries(9):
            outreach(deploy(application, collection), user)
