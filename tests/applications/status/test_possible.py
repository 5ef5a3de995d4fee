"""When an action is possible, on real deployments, deployment types and devices: the tables of R10 and R11."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.urls import reverse

from applications.models import DeploymentType, Request
from applications.requests import asking
from applications.requests.asking import ActionRefused
from applications.requests.claiming import claim
from applications.revisions import orders
from applications.rules.reasons import Reason
from applications.rules.words import Action
from applications.status.rows import rows_for
from devices.models import Device, SignIn, Site
from tests import opened
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
    make_type,
    sign_in,
)

pytestmark = pytest.mark.django_db
OTHERS = [Action.REINSTALL, Action.REEVALUATE, Action.UNINSTALL, Action.REPAIR]


@pytest.fixture
def office():
    """A device with somebody signed in, both in a collection, and an approver of both; nothing is deployed yet."""
    device, person = make_device("LT-AMS-0421"), make_person("j.visser")
    sign_in(device, person)
    devices, persons = make_collection("Office", device), make_collection("Developers", person)
    return SimpleNamespace(
        device=device,
        person=person,
        devices=devices,
        persons=persons,
        user=make_approver(devices, persons),
        application=make_application("GIMP"),
    )


def set_device(office, **facts):
    Device.objects.filter(pk=office.device.pk).update(**facts)
    office.device.refresh_from_db()


def verdict(office, action, application=None):
    (row,) = rows_for(office.device, [application or office.application], office.user, NOW)
    return row.verdicts[action]


def ask(office, action=Action.INSTALL):
    return asking.ask(office.user, office.device, office.application, action, now=NOW)[0]


# R10, the document's table: to whom, purpose, approval; policy sync before it; online to queue it.
WHEN = [
    ("device", "required", False, True, True),
    ("device", "available", False, True, True),
    ("device", "available", True, False, False),
    ("person", "required", False, True, True),
    ("person", "available", False, False, False),
    ("person", "available", True, False, False),
]


def delivered(request):
    ((_, message),) = orders.as_delivered(Request.objects.filter(pk=request.pk))
    return message


@pytest.mark.parametrize(("whom", "purpose", "approval", "sync", "online"), WHEN)
def test_r10_the_client_syncs_policy_before_the_install_where_the_table_says_so(
    office, whom, purpose, approval, sync, online
):
    deploy(office.application, office.devices if whom == "device" else office.persons, purpose, approval=approval)
    request = ask(office)
    assert claim([office.device.pk], NOW) == [request]
    assert opened.request(delivered(request))["sync_policy"] is sync


@pytest.mark.parametrize(("whom", "purpose", "approval", "sync", "online"), WHEN)
def test_r10_offline_it_is_queued_where_the_table_says_so_and_installs_when_the_client_comes_online(
    office, whom, purpose, approval, sync, online
):
    deploy(office.application, office.devices if whom == "device" else office.persons, purpose, approval=approval)
    set_device(office, online=False)
    if online:
        with pytest.raises(ActionRefused) as refused:
            ask(office)
        assert refused.value.verdict.reason == Reason.OFFLINE
        return
    request = ask(office)
    assert request.state == "queued"
    set_device(office, online=True)
    assert claim([office.device.pk], NOW) == [request], "without another click"


def test_r10_the_most_permissive_of_several_deployments_counts(office):
    deploy(office.application, office.devices, "required")
    set_device(office, online=False)
    assert not verdict(office, Action.INSTALL).allowed
    deploy(office.application, office.persons)
    assert verdict(office, Action.INSTALL).allowed
    assert not ask(office).sync_policy


# R11


@pytest.fixture
def installed(office):
    deploy(office.application, office.devices)
    make_report(office.device, office.application)
    return office


@pytest.mark.parametrize("action", OTHERS)
def test_r11_the_target_must_be_online(installed, action):
    assert verdict(installed, action).allowed
    set_device(installed, online=False)
    assert verdict(installed, action).reason == Reason.OFFLINE
    set_device(installed, last_contact=None)
    assert verdict(installed, action).reason == Reason.NEVER_CONNECTED


@pytest.mark.parametrize("action", OTHERS)
def test_r11_the_client_must_be_recent(installed, action):
    set_device(installed, client_version="2006")
    assert verdict(installed, action).reason == Reason.CLIENT_TOO_OLD


@pytest.mark.parametrize(
    ("action", "command", "reason"),
    [
        (Action.UNINSTALL, "uninstall_command", Reason.NO_UNINSTALL_COMMAND),
        (Action.REPAIR, "repair_command", Reason.NO_REPAIR_COMMAND),
    ],
)
def test_r11_at_least_one_deployment_type_has_the_command(installed, action, command, reason):
    DeploymentType.objects.update(**{command: ""})
    assert verdict(installed, action).reason == reason
    make_type(installed.application, uninstall_command="", repair_command="")
    assert verdict(installed, action).reason == reason
    make_type(installed.application, **{"uninstall_command": "", "repair_command": "", command: "true"})
    assert verdict(installed, action).allowed


@pytest.mark.parametrize("whom", ["device", "signed in", "primary user"])
def test_r11_no_required_deployment_may_reach_the_client_when_it_is_uninstalled(installed, whom):
    assert verdict(installed, Action.UNINSTALL).allowed
    if whom == "primary user":
        SignIn.objects.all().delete()
        set_device(installed, primary_user=installed.person)
    baseline = make_collection("Baseline", installed.device if whom == "device" else installed.person)
    installed.user = make_approver(installed.devices, baseline)
    deploy(installed.application, baseline, "required")
    refused = verdict(installed, Action.UNINSTALL)
    assert (refused.reason, refused.details) == (Reason.REQUIRED_DEPLOYMENT, {"collection": "Baseline"})
    assert verdict(installed, Action.REPAIR).allowed


def test_r11_r13_what_a_required_group_brings_is_not_uninstalled_either(installed):
    group = make_group("Graphics", installed.application, make_application())
    deployment = deploy(group, make_collection("Baseline", installed.device), "required")
    installed.user = make_approver(installed.devices, deployment.collection)
    refused = verdict(installed, Action.UNINSTALL)
    assert (refused.reason, refused.details) == (Reason.REQUIRED_DEPLOYMENT, {"collection": "Baseline"})


def test_r11_r13_a_group_is_not_uninstalled_while_one_of_its_applications_is_required(installed):
    other = make_application()
    make_report(installed.device, other)
    group = make_group("Graphics", installed.application, other)
    deploy(group, installed.devices)
    assert verdict(installed, Action.UNINSTALL, group).allowed
    deployment = deploy(other, make_collection("Baseline", installed.device), "required")
    installed.user = make_approver(installed.devices, deployment.collection)
    refused = verdict(installed, Action.UNINSTALL, group)
    assert (refused.reason, refused.details) == (Reason.REQUIRED_DEPLOYMENT, {"collection": "Baseline"})
    assert verdict(installed, Action.REINSTALL, group).allowed


@pytest.mark.parametrize("found", ["", "not_installed", "failed", "requirements_not_met"])
@pytest.mark.parametrize("action", [Action.UNINSTALL, Action.REPAIR])
def test_r11_it_must_be_installed_now(office, action, found):
    deploy(office.application, office.devices)
    if found:
        make_report(office.device, office.application, found, ever_installed=found == "not_installed")
    assert verdict(office, action).reason == Reason.NOT_INSTALLED


def test_r11_reinstall_replaced_retry_after_a_failure(office):
    deploy(office.application, office.devices)
    make_report(office.device, office.application, "failed")
    assert verdict(office, Action.REINSTALL).allowed
    request = ask(office, Action.REINSTALL)
    claim([office.device.pk], NOW)
    told = opened.request(delivered(request))
    assert (told["action"], told["steps"][0]["deployment_types"][0]["install"]) == ("reinstall", "true")


@pytest.mark.parametrize("action", Action)
def test_r11_a_site_that_queues_every_action_does_so_for_an_offline_device(client, office, action):
    assert not make_site().queue_every_action, "off by default, as documented"
    deploy(office.application, office.devices)
    if action is not Action.INSTALL:
        make_report(office.device, office.application)
    set_device(office, online=False)
    assert verdict(office, action).reason == Reason.OFFLINE
    Site.objects.update(queue_every_action=True)
    office.device.refresh_from_db()
    request = ask(office, action)
    assert request.state == "queued"
    client.force_login(office.user)
    page = client.get(reverse("applications:device", args=[office.device.pk])).text
    assert "Waits until the device is online; expires 20 Dec" in page


# R14


@pytest.fixture
def for_person(office):
    deploy(office.application, office.persons)
    return office


@pytest.mark.parametrize(
    ("join_type", "possible"), [("azure_ad", False), ("hybrid", True), ("domain", True), ("none", True)]
)
def test_r14_joined_only_to_azure_ad_is_not_supported_and_hybrid_is(client, for_person, join_type, possible):
    set_device(for_person, join_type=join_type)
    assert verdict(for_person, Action.INSTALL).reason == (None if possible else Reason.AZURE_AD_ONLY)
    assert_listed(client, for_person)


def test_r14_with_several_sessions_it_is_refused_and_stays_listed_with_its_status(client, for_person):
    sign_in(for_person.device, make_person())
    assert verdict(for_person, Action.INSTALL).reason == Reason.SEVERAL_SIGNED_IN
    assert_listed(client, for_person)


def assert_listed(client, office):
    client.force_login(office.user)
    page = client.get(reverse("applications:device", args=[office.device.pk]))
    assert [application.name for application in page.context["table"].page.object_list.data] == ["GIMP"]
    assert page.context["page"].rows[office.application.pk].status == "available"
