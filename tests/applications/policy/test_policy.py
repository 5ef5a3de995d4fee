"""What a client is told of deployments, and what not before somebody asks for it (R10, R16)."""

from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.policy.policy import policy_of
from applications.requests.asking import ask
from applications.rules.words import Action
from devices.models import Device
from tests import opened
from tests.make import (
    deploy,
    make_application,
    make_collection,
    make_device,
    make_group,
    make_person,
    make_reader,
    make_report,
    make_user,
    sign_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    device = make_device("LT-AMS-0421", secret="5" * 64)
    sign_in(device, make_person("j.visser"))
    return device


def told(device) -> set[str]:
    """The names of the applications of which the client knows."""
    signed = json.loads(policy_of(device).signed(device, timezone.now()))
    return {entry["application"]["name"] for entry in opened.policy(signed)["applications"]}


@pytest.mark.parametrize("whom", ["device", "person"])
@pytest.mark.parametrize("group", [False, True], ids=["application", "group"])
def test_r16_what_requires_approval_is_not_told_until_an_administrator_asks(device, whom, group):
    application = make_application("GIMP")
    aimed = make_group("Graphics", application) if group else application
    deploy(aimed, device if whom == "device" else device.signed_in.get(), approval=True)
    assert told(device) == set()
    ask(make_user(superuser=True), device, aimed, Action.INSTALL, now=timezone.now())
    assert told(device) == {"GIMP"}


@pytest.mark.parametrize(("purpose", "whom"), [(p, w) for p in ("required", "available") for w in ("device", "person")])
def test_r16_what_does_not_require_approval_is_told_at_once(device, purpose, whom):
    deploy(make_application("GIMP"), device if whom == "device" else device.signed_in.get(), purpose)
    assert told(device) == {"GIMP"}


def test_r16_once_installed_it_stays_in_the_policy_so_that_its_removal_is_noticed(device):
    application = make_application("GIMP")
    deploy(application, device, approval=True)
    make_report(device, application)
    assert told(device) == {"GIMP"}


def test_r16_many_applications_that_require_approval_add_nothing_to_the_policy(device):
    collection = make_collection("Office", device)
    deploy(make_application("Company VPN"), collection)
    before = policy_of(device)
    for _ in range(200):
        deploy(make_application(), collection, approval=True)
    assert policy_of(device) == before
    for _ in range(20):
        deploy(make_application(), collection)
    assert policy_of(device).size > 10 * before.size


def test_r16_the_size_of_the_policy_is_visible_per_device(client, device):
    collection = make_collection("Office", device)
    deploy(make_application("Company VPN"), collection)
    client.get("/client/v1/policy", headers={"Authorization": f"Bearer {'5' * 64}"})
    size = policy_of(device).size
    assert Device.objects.get(pk=device.pk).policy_bytes == size
    client.force_login(make_reader(collection))
    overview = client.get(reverse("devices:overview", args=[device.pk]))
    assert f"<dt>Policy size</dt><dd>{size}\xa0bytes</dd>" in re.sub(r"\s*\n\s*", "", overview.text)


def test_r16_the_form_of_a_deployment_says_when_approval_is_advisable(client):
    client.force_login(make_user("admin", superuser=True))
    page = client.get(reverse("applications:deployment_create")).text
    assert "an administrator must approve a request for this application on the device" in page
    assert "Until then the device is told nothing of it" in page
    assert "Advisable when many applications are available to a device" in page
