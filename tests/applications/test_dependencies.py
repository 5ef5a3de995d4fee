"""Dependencies in every way in: click, order, policy, result, uninstall, saving (R25)."""

from __future__ import annotations

import json

import pytest

from applications.authoring.applications import save_application
from applications.authoring.deployment_types import delete_type
from applications.authoring.saving import SaveRefused
from applications.in_sight import deployments_of
from applications.models import Report
from applications.policy.policy import policy_of
from applications.requests import asking
from applications.requests.claiming import claim
from applications.rules.reasons import Reason
from applications.rules.status import Status
from applications.rules.words import Action
from applications.status.rows import rows_for
from applications.wording.sentences import came_by, detail, goes_before, refusal
from tests.applications.test_ways_in import done, row_of, step
from tests.make import (
    NOW,
    deploy,
    make_application,
    make_approver,
    make_device,
    make_group,
    make_person,
    make_report,
    make_user,
    need,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """GIMP needs Python, which needs libc; GIMP is deployed."""

    class World:
        libc, python = make_application("libc"), make_application("Python")
        gimp, device = make_application("GIMP"), make_device(online=True)
        admin = make_user("root", superuser=True)

        def ask(self, application=None, action=Action.INSTALL):
            return asking.ask(self.admin, self.device, application or self.gimp, action, now=NOW)[0]

        def order(self, application=None, action=Action.INSTALL):
            request = self.ask(application, action)
            claim([self.device.pk], NOW)
            request.refresh_from_db()
            return json.loads(request.order.signed)["steps"]

    need(World.python, World.libc)
    need(World.gimp, World.python)
    deploy(World.gimp, World.device)
    return World()


def test_r25_the_row_says_what_comes_first_and_the_order_names_the_revision_of_each(world):
    row = row_of(world.device, world.gimp)
    assert goes_before(row.before) == ["Will also install libc 1.0", "Will also install Python 1.0"]
    assert world.order() == [
        {"application": world.libc.pk, "revision": 1, "for": [world.gimp.pk]},
        {"application": world.python.pk, "revision": 2, "for": [world.gimp.pk]},
        {"application": world.gimp.pk, "revision": 2},
    ]


def test_r25_what_is_there_already_is_not_announced_and_reinstalling_installs_only_what_is_missing(world):
    make_report(world.device, world.libc)
    make_report(world.device, world.gimp)
    assert goes_before(row_of(world.device, world.gimp).before) == ["Will also install Python 1.0"]
    steps = world.order(action=Action.REINSTALL)
    assert [each.get("action", "reinstall") for each in steps] == ["install", "install", "reinstall"]


def test_r25_a_required_application_brings_its_dependencies_by_its_policy(world):
    world.gimp.deployments.update(purpose="required")
    policy = policy_of(world.device)
    [entry] = [each for each in policy.listed if each["application"] == world.gimp.pk]
    assert [each["application"] for each in entry["before"]] == [world.libc.pk, world.python.pk]
    assert len(policy.definitions) == 3


def test_r25_a_group_brings_what_its_members_need_each_once_and_in_order(world):
    other = need(make_application("Inkscape"), world.python)
    group = make_group("Graphics", world.gimp, other, world.libc)
    deploy(group, world.device)
    wanted = [world.gimp.pk, other.pk]
    named = [(each["application"], each.get("for")) for each in world.order(group)]
    assert named == [(world.libc.pk, None), (world.python.pk, wanted), (world.gimp.pk, None), (other.pk, None)]


def test_r25_of_a_dependency_that_is_superseded_the_successor_counts(world):
    newer = make_application("Python", version="2.0")
    world.python.superseded_by = newer
    world.python.save()
    assert [each["application"] for each in world.order()] == [newer.pk, world.gimp.pk]


def test_r15_what_is_superseded_can_be_uninstalled_first(world):
    newer = make_application("GIMP", version="2.0")
    world.gimp.superseded_by, world.gimp.uninstall_first = newer, True
    save_application(world.gimp, user=world.admin)
    make_report(world.device, world.gimp)
    for application in (world.gimp, newer):
        assert goes_before(row_of(world.device, application).before) == ["Will first uninstall GIMP 1.0"]
    old, new = world.order()
    expected = {"application": world.gimp.pk, "revision": 3, "action": "uninstall", "for": [newer.pk]}
    assert old == {**expected, "replaced_by": newer.pk}
    assert new == {"application": newer.pk, "revision": 1}


def test_r25_what_did_not_begin_because_a_dependency_failed_has_failed(world):
    request = world.ask()
    failed = step(world.python, "not_installed", reason="exit_code", exit_code=1, meaning="failure")
    done(request, step(world.libc), failed, outcome="failed")
    row = row_of(world.device, world.gimp)
    assert (row.status, detail(row)) == (Status.FAILED, "Python 1.0, which goes before it, did not succeed")
    request.refresh_from_db()
    assert (request.state, request.reason) == ("failed", "dependency_failed")
    found = {report.application: report.found for report in Report.objects.filter(device=world.device)}
    assert found == {world.libc: "installed", world.python: "failed", world.gimp: "failed"}


def test_r25_what_came_along_is_listed_with_why_and_uninstalled_only_when_nothing_needs_it(world):
    done(world.ask(), step(world.libc), step(world.python), step(world.gimp))
    row = row_of(world.device, world.libc, world.admin)
    assert came_by(row) == "Came with GIMP 1.0, which needs it"
    refused = row.verdicts[Action.UNINSTALL]
    assert refused.reason is Reason.STILL_NEEDED
    assert refusal(refused) == "GIMP 1.0, Python 1.0 is installed here and needs it"
    Report.objects.filter(application__in=[world.gimp, world.python]).update(found="not_installed")
    assert row_of(world.device, world.libc, world.admin).verdicts[Action.UNINSTALL].allowed


def test_r25_what_is_needed_is_asked_again_when_it_is_delivered(world):
    make_report(world.device, world.libc, by_koppel=True)
    request = world.ask(world.libc, Action.UNINSTALL)
    make_report(world.device, world.python)
    claim([world.device.pk], NOW)
    request.refresh_from_db()
    assert (request.state, request.reason) == ("withdrawn", "still_needed")


def test_r25_the_older_one_is_needed_as_long_as_it_is_what_is_there(world):
    world.python.superseded_by = make_application("Python", version="2.0")
    world.python.save()
    make_report(world.device, world.gimp)
    make_report(world.device, world.python)
    assert row_of(world.device, world.python).verdicts[Action.UNINSTALL].reason is Reason.STILL_NEEDED


def test_r25_a_group_takes_what_its_own_members_need_along_in_the_right_order(world):
    group = make_group("Everything", world.libc, world.gimp, world.python)
    deploy(group, world.device)
    for each in (world.libc, world.python, world.gimp):
        make_report(world.device, each)
    assert [each["application"] for each in world.order(group, Action.UNINSTALL)] == [
        world.gimp.pk, world.python.pk, world.libc.pk,
    ]  # fmt: skip


def test_r18_what_is_needed_by_what_is_there_for_somebody_out_of_sight_is_kept_and_not_named(world):
    make_report(world.device, world.libc)
    make_report(world.device, world.python, person=make_person("hidden"))
    collection = deploy(world.libc, world.device).collection
    for user, named in ((world.admin, "Python 1.0"), (make_approver(collection), "another application")):
        (row,) = rows_for(world.device, [world.libc], user, NOW)
        assert row.verdicts[Action.UNINSTALL].details == {"application": named}


@pytest.mark.parametrize("change", ["type", "revision"])
def test_r25_nothing_is_installed_when_what_it_needs_cannot_be(world, change):
    if change == "type":
        world.libc.deployment_types.all().delete()
    else:
        world.libc.revision = None
        world.libc.save()
    assert row_of(world.device, world.gimp).verdicts[Action.INSTALL].reason is Reason.DEPENDENCY_NOT_READY
    assert row_of(world.device, world.gimp).verdicts[Action.REPAIR].reason is not Reason.DEPENDENCY_NOT_READY


def test_r18_changing_what_is_needed_needs_the_rights_wherever_what_needs_it_is_deployed(world):
    assert list(deployments_of(world.libc)) == list(deployments_of(world.gimp))


def test_r25_the_last_deployment_type_of_what_is_needed_stays_while_what_needs_it_is_deployed(world):
    with pytest.raises(SaveRefused, match="before what needs it"):
        delete_type(world.libc.deployment_types.get(), user=world.admin)


def test_r25_circles_are_refused_where_they_are_saved_also_through_supersedence(world):
    with pytest.raises(SaveRefused, match=r"libc 1\.0 → GIMP 1\.0 → Python 1\.0 → libc 1\.0"):
        save_application(world.libc, [world.gimp.pk], user=world.admin)
    world.libc.superseded_by = world.gimp
    with pytest.raises(SaveRefused, match=r"GIMP 1\.0 → Python 1\.0 → GIMP 1\.0"):
        save_application(world.libc, user=world.admin)
