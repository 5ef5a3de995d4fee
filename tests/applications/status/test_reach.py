"""What a device's Applications page lists, one test per way of the document and per version (R2, R12, R13, R16)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from applications.requests import results
from applications.requests.asking import ask
from applications.requests.claiming import claim
from applications.requests.from_clients import acknowledge
from applications.requests.schemas import ResultIn, StepIn
from applications.rules.words import Action
from devices.models import Device, SignIn
from tests.make import (
    NOW,
    deploy,
    make_application,
    make_approver,
    make_collection,
    make_device,
    make_group,
    make_person,
    make_report,
    make_site,
    make_user,
    sign_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    return make_device("LT-AMS-0421")


@pytest.fixture
def gimp():
    return make_application("GIMP")


@pytest.fixture
def look(client, device):
    """Opens the page as an administrator who may read everything."""
    client.force_login(make_user("admin", superuser=True))
    return lambda **query: client.get(reverse("applications:device", args=[device.pk]), query)


def listed(page) -> list[str]:
    return sorted(application.name for application in page.context["table"].page.object_list.data)


# The ways of R2


@pytest.mark.parametrize(("purpose", "approval"), [("required", False), ("available", False), ("available", True)])
def test_r2_what_is_deployed_to_the_device_is_listed(look, device, gimp, purpose, approval):
    deploy(gimp, device, purpose, approval=approval)
    assert listed(look()) == ["GIMP"]


@pytest.mark.parametrize(("purpose", "approval"), [("required", False), ("available", False), ("available", True)])
def test_r2_what_is_deployed_to_a_person_who_is_signed_in_is_listed(look, device, gimp, purpose, approval):
    visser = make_person("j.visser")
    deploy(gimp, visser, purpose, approval=approval)
    assert listed(look()) == []
    sign_in(device, visser)
    assert listed(look()) == ["GIMP"]
    SignIn.objects.all().delete()
    assert listed(look()) == []


@pytest.mark.parametrize(("purpose", "approval"), [("required", False), ("available", False), ("available", True)])
def test_r2_what_is_deployed_to_the_primary_user_is_listed(look, device, gimp, purpose, approval):
    visser = make_person("j.visser")
    deploy(gimp, visser, purpose, approval=approval)
    Device.objects.update(primary_user=visser)
    assert listed(look()) == ["GIMP"]
    Device.objects.update(primary_user=make_person())
    assert listed(look()) == []


@pytest.mark.parametrize("still_deployed", [True, False])
def test_r2_what_was_installed_for_a_person_stays_listed_when_that_person_is_gone(look, device, gimp, still_deployed):
    visser = make_person("j.visser")
    sign_in(device, visser)
    devices, persons = make_collection("", device), make_collection("", visser)
    deployment = deploy(gimp, persons)
    request, _ = ask(make_approver(devices, persons), device, gimp, Action.INSTALL, now=NOW)
    assert claim([device.pk], NOW) == [request]
    acknowledge(device, request.pk, NOW)
    step = StepIn(application=gimp.pk, ran=True, exit_code=0, meaning="success", detected="installed")
    said = ResultIn(outcome="succeeded", started_at=NOW, finished_at=NOW, steps=[step])
    results.finish(device, request.pk, said, NOW)
    SignIn.objects.all().delete()
    if not still_deployed:
        deployment.delete()
    page = look(app=gimp.pk)
    assert listed(page) == ["GIMP"]
    assert page.context["page"].rows[gimp.pk].status == "installed"
    assert ("it was installed earlier for j.visser" in page.text) is not still_deployed


def test_r2_nothing_else_is_listed(look, device, gimp):
    elsewhere = make_device(primary_user=make_person("e.jansen"))
    deploy(gimp, elsewhere), deploy(gimp, elsewhere.primary_user)
    make_report(elsewhere, gimp, person=elsewhere.primary_user)
    # on this device it was never installed for anybody: an attempt that failed is no reason
    make_report(device, gimp, "failed", person=make_person())
    assert listed(look()) == []


# Versions


REQUIRED, AVAILABLE, APPROVAL = ("required", False), ("available", False), ("available", True)
EVERY = [(whom, *option) for whom in ("device", "person") for option in (REQUIRED, AVAILABLE, APPROVAL)]
ON_REQUEST = [("device", *APPROVAL), ("person", *AVAILABLE), ("person", *APPROVAL)]
# The document's table: version of the site, version of the client, what is listed, actions, actions on the rest.
FIVE, TWO = set(Action), {Action.INSTALL, Action.REINSTALL}
TABLE = [
    ("2010", "2006", ON_REQUEST, TWO, set()),
    ("2010", "2010", ON_REQUEST, FIVE, set()),
    ("2103", "2006", EVERY, TWO, set()),
    ("2103", "2010", EVERY, FIVE, FIVE),
    ("2103", "2111", EVERY, FIVE, FIVE),
]


@pytest.fixture
def aimed(device):
    """An application for every way in which it can reach the device."""
    visser = make_person("j.visser")
    sign_in(device, visser)
    made = {}
    for whom, purpose, approval in EVERY:
        application = make_application(f"{whom} {purpose}{' approval' if approval else ''}")
        deploy(application, device if whom == "device" else visser, purpose, approval=approval)
        made[whom, purpose, approval] = application
    return made


@pytest.mark.parametrize(("site", "client_version", "shown", "on_request", "otherwise"), TABLE)
@pytest.mark.parametrize("installed", [False, True], ids=["not there", "installed"])
def test_r12_which_applications_and_actions_for_my_version(
    look, device, aimed, site, client_version, shown, on_request, otherwise, installed
):
    Device.objects.update(site=make_site(site, site), client_version=client_version)
    if installed:
        for application in aimed.values():
            make_report(device, application)
    page = look()
    assert listed(page) == sorted(aimed[way].name for way in shown)
    for way in shown:
        row = page.context["page"].rows[aimed[way].pk]
        # R11 besides: what is there is not installed but reinstalled, and what is Required is not uninstalled
        possible = (on_request if way in ON_REQUEST else otherwise) - (
            {Action.INSTALL} if installed else {Action.REINSTALL, Action.UNINSTALL, Action.REPAIR}
        )
        if way[1] == "required":
            possible -= {Action.UNINSTALL}
        assert {action for action, verdict in row.verdicts.items() if verdict.allowed} == possible


def test_r12_all_other_applications_show_their_status_and_no_action(look, device, aimed):
    Device.objects.update(site=make_site("S2103", "2103"), client_version="2006")
    required = aimed["device", *REQUIRED]
    page = look(app=required.pk)
    cell = re.search(rf'<span id="s{required.pk}">.*?</td>', page.text, re.DOTALL)
    assert cell
    assert "<b>Required</b>" in cell[0]
    assert cell[0].count("on site 2103 this needs client 2010 or newer; this device has client 2006") == 4
    assert 'form="pane-act" name="command"' not in page.text


@pytest.mark.parametrize(("site", "there"), [("2103", True), ("2010", False)])
def test_r16_from_2103_on_what_is_available_to_the_device_is_listed_without_approval(look, device, gimp, site, there):
    Device.objects.update(site=make_site(site, site))
    deploy(gimp, device)
    assert listed(look()) == (["GIMP"] if there else [])


# Application groups


@pytest.mark.parametrize(("site", "there"), [("2103", False), ("2110", False), ("2111", True), ("2203", True)])
def test_r13_groups_are_listed_from_2111_on(look, device, gimp, site, there):
    Device.objects.update(site=make_site(site, site))
    group = make_group("Graphics", gimp)
    deploy(group, device)
    assert listed(look()) == (["Graphics"] if there else [])


def test_r13_what_is_said_of_applications_holds_for_groups(look, device, gimp):
    other = make_application("Inkscape")
    group = make_group("Graphics", gimp, other)
    person = make_person("j.visser")
    sign_in(device, person)
    deploy(group, person, "required", deadline=NOW + timedelta(days=1))
    page = look(status="required", app=group.pk)
    assert listed(page) == ["Graphics"]
    assert "Required for j.visser" in page.text
    assert "<dt>Deadline</dt>" in page.text
    for member in (gimp, other):
        make_report(device, member)
    verdicts = look().context["page"].rows[group.pk].verdicts
    assert {str(action): str(verdict.reason or "") for action, verdict in verdicts.items()} == {
        "install": "installed_already",
        "reinstall": "",
        "reevaluate": "",
        "uninstall": "required_deployment",
        "repair": "group_has_no_repair",
    }
