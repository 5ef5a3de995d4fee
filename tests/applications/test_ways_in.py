"""The same rules, whichever way an action comes: click, policy, deadline, group, supersedence (R10–R16, R27)."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import product
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from applications.authoring.reached import outreach
from applications.models import Application, Request
from applications.policy.plan import plan_of
from applications.policy.policy import policy_of
from applications.requests import asking, from_clients, results
from applications.requests.claiming import claim
from applications.requests.schemas import ResultIn, StepIn
from applications.requests.transitions import Closed
from applications.rules.eligibility import Facts, Reach, verdict
from applications.rules.reasons import Reason
from applications.rules.status import Status
from applications.rules.words import Action
from applications.status.facts import Situation
from applications.status.in_sql import applications_on, status_of
from applications.status.rows import rows_for
from applications.status.steps import steps_of
from applications.wording.sentences import came_by, detail
from devices.models import Device, DeviceMember
from tests.make import (
    NOW,
    deploy,
    make_application,
    make_collection,
    make_device,
    make_group,
    make_person,
    make_report,
    make_request,
    make_site,
    make_user,
    need,
    sign_in,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def row_of(device, application, user=None):
    (row,) = rows_for(device, [application], user, NOW)
    return row


def listed(device, user=None) -> list:
    return list(applications_on(device, user).order_by("name"))


def announced(device, application) -> str:
    """What the client that installs by itself is told."""
    try:
        return from_clients.announce(device, uuid4(), application.pk, NOW)
    except Closed as closed:
        return closed.state


def done(request, *steps, outcome="succeeded"):
    """The client carries a request out, and tells so."""
    claim([request.device_id], NOW)
    from_clients.acknowledge(request.device, request.pk, NOW)
    result = ResultIn(outcome=outcome, started_at=NOW, finished_at=LATER, steps=list(steps))
    results.finish(request.device, request.pk, result, LATER)


def step(application, detected="installed", **facts) -> StepIn:
    facts = {"ran": True, "exit_code": 0, "meaning": "success", **facts}
    return StepIn(application=application.pk, detected=detected, version=application.version, **facts)


# What a deployment may not do


def test_r14_nothing_is_installed_for_a_person_on_a_device_joined_only_to_azure_ad():
    person, application = make_person("j.visser"), make_application("GIMP")
    device = make_device(join_type="azure_ad", primary_user=person)
    sign_in(device, person)
    deploy(application, person, "required")
    assert row_of(device, application).verdicts[Action.INSTALL].reason is Reason.AZURE_AD_ONLY
    assert policy_of(device).applications == set()
    assert announced(device, application) == "not_required"
    row = row_of(device, application)
    assert [row.status, status_of(listed(device)[0])] == [Status.AVAILABLE] * 2, "it stays listed, and promises nothing"
    assert detail(row).startswith("Not installed by itself: the device is joined only to Azure AD")


@pytest.mark.parametrize("version", ["2103", "2010", "2006"])
def test_r13_a_required_group_does_not_install_its_members_where_groups_do_not_exist(version):
    member = make_application("GIMP")
    device = make_device(site=make_site("OLD", version))
    deploy(make_group("Graphics", member), device, "required")
    assert policy_of(device).applications == set()
    assert announced(device, member) == "not_required"
    assert listed(device) == []


def test_r13_such_a_group_does_not_make_a_member_required_that_is_listed_anyhow():
    member = make_application("GIMP")
    device = make_device(site=make_site("OLD", "2103"))
    deploy(make_group("Graphics", member), device, "required")
    deploy(member, device)
    make_report(device, member)
    row = row_of(device, member)
    assert row.verdicts[Action.UNINSTALL].reason is not Reason.REQUIRED_DEPLOYMENT
    assert [plan.required for plan in plan_of(device).values()] == [False]


def test_r12_what_a_site_does_not_list_is_not_installed_by_itself():
    device, application = make_device(site=make_site("OLD", "2010")), make_application("GIMP")
    deploy(application, device, "required")
    assert listed(device) == []
    assert policy_of(device).applications == set()
    assert announced(device, application) == "not_required"


def test_r14_while_several_are_signed_in_the_row_says_what_it_waits_for():
    persons = [make_person("a"), make_person("b")]
    application, device = make_application("GIMP"), make_device(join_type="domain", primary_user=persons[0])
    sign_in(device, *persons)
    deploy(application, persons[0], "required")
    row = row_of(device, application)
    assert (row.status, detail(row)) == (Status.REQUIRED, "Waits until only one user is signed in")
    assert announced(device, application) == "several_signed_in"
    device.sign_ins.filter(person=persons[1]).delete()
    assert detail(row_of(device, application)) == ""
    assert announced(device, application) == "acknowledged"


def test_r2_required_to_a_person_of_the_past_is_not_installed_by_itself():
    person, application, device = make_person("past"), make_application("GIMP"), make_device(join_type="domain")
    make_report(device, application, "not_installed", person=person, ever_installed=True)
    deploy(application, person, "required")
    assert [plan.required for plan in plan_of(device).values()] == [False]
    assert announced(device, application) == "not_required"


def test_r15_a_required_deployment_of_something_superseded_installs_the_superseding_one():
    new = make_application("GIMP", version="3")
    old = make_application("GIMP", version="2", superseded_by=new)
    device = make_device()
    deploy(old, device, "required")
    plan = plan_of(device)
    assert {pk: planned.required for pk, planned in plan.items()} == {old.pk: False, new.pk: True}
    assert announced(device, old) == "not_required"
    assert announced(device, new) == "acknowledged"
    assert row_of(device, old).status is Status.INSTALLING


def test_r15_a_group_installs_the_superseding_one_of_a_member():
    new = make_application("GIMP", version="3")
    old, other = make_application("GIMP", version="2", superseded_by=new), make_application("Inkscape")
    device, group, admin = (
        make_device(online=True),
        make_group("Graphics", old, other),
        make_user("root", superuser=True),
    )
    deploy(group, device, approval=True)
    request, _ = asking.ask(admin, device, group, Action.INSTALL, now=NOW)
    done(request, step(new), step(other))
    row = row_of(device, group)
    assert row.status is Status.INSTALLED
    assert [member.there for member in row.members] == [new, other]


@pytest.mark.parametrize(
    ("of", "change", "reason"),
    [
        ("device", {"site": "2010"}, "site_lists_on_request_only"),
        ("group", {"site": "2103"}, "group_needs_site"),
        ("person", {"join_type": "azure_ad"}, "azure_ad_only"),
    ],
)
def test_r12_r13_r14_what_no_longer_takes_effect_is_not_delivered_nor_tried_again(of, change, reason):
    """Asked again at delivery, as a retry is: R17."""
    person, application, admin = make_person("j.visser"), make_application("GIMP"), make_user("root", superuser=True)
    device = make_device(site=make_site("NEW", "2111"), online=True, join_type="domain", primary_user=person)
    sign_in(device, person)
    wanted = make_group("Graphics", application) if of == "group" else application
    deploy(wanted, person if of == "person" else device)
    request, _ = asking.ask(admin, device, wanted, Action.INSTALL, now=NOW)
    if "site" in change:
        change = {"site": make_site("OLD", change["site"])}
    Device.objects.filter(pk=device.pk).update(**change)
    assert claim([device.pk], NOW) == []
    request.refresh_from_db()
    assert (request.state, request.reason) == ("withdrawn", reason)


# What is installed is listed


@pytest.fixture
def replaced():
    """A is deployed and superseded by B; an administrator asked for A, so B was installed."""
    new = make_application("GIMP", version="3")
    old = make_application("GIMP", version="2", superseded_by=new)
    device, admin = make_device(online=True), make_user("root", superuser=True)
    deployment = deploy(old, device, approval=True)
    request, _ = asking.ask(admin, device, old, Action.INSTALL, now=NOW)
    assert request.target == new
    done(request, step(new))
    return SimpleNamespace(old=old, new=new, device=device, admin=admin, deployment=deployment)


def test_r15_the_row_of_the_superseded_one_shows_what_is_really_installed(replaced):
    row = row_of(replaced.device, replaced.old)
    assert [row.status, row.there] == [Status.INSTALLED, replaced.new]
    assert detail(row) == "GIMP 3 is installed in its place"
    assert [status_of(each) for each in listed(replaced.device)] == [Status.INSTALLED] * 2, "in SQL too"


@pytest.mark.parametrize("action", [Action.UNINSTALL, Action.REPAIR, Action.REEVALUATE, Action.REINSTALL])
def test_r15_every_action_on_that_row_works_on_what_is_installed(replaced, action):
    replaced.new.deployment_types.update(uninstall_command="true", repair_command="true")
    replaced.old.deployment_types.update(uninstall_command="", repair_command="")
    request, made = asking.ask(replaced.admin, replaced.device, replaced.old, action, now=NOW)
    assert (made, request.application, request.target) == (True, replaced.old, replaced.new)


def test_r15_what_was_installed_in_its_place_is_listed_with_why_it_is_there(replaced):
    assert replaced.new in listed(replaced.device)
    assert came_by(row_of(replaced.device, replaced.new)) == "Installed in the place of GIMP 2"


def test_r15_what_koppel_installed_stays_listed_without_a_deployment_until_it_is_gone(replaced):
    replaced.new.deployment_types.update(uninstall_command="true")
    replaced.deployment.delete()
    assert listed(replaced.device) == [replaced.new]
    row = row_of(replaced.device, replaced.new)
    assert row.verdicts[Action.UNINSTALL].allowed
    assert row.verdicts[Action.REEVALUATE].allowed
    assert row.verdicts[Action.REINSTALL].reason is Reason.NO_DEPLOYMENT
    request, _ = asking.ask(replaced.admin, replaced.device, replaced.new, Action.UNINSTALL, now=NOW)
    done(request, step(replaced.new, "not_installed"))
    assert listed(replaced.device) == []


def test_r13_what_came_with_a_group_stays_listed_when_its_deployment_is_gone():
    member, device, admin = make_application("GIMP"), make_device(online=True), make_user("root", superuser=True)
    group = make_group("Graphics", member)
    deployment = deploy(group, device, approval=True)
    request, _ = asking.ask(admin, device, group, Action.INSTALL, now=NOW)
    done(request, step(member))
    deployment.delete()
    assert listed(device) == [member]
    assert came_by(row_of(device, member)) == "Came with the group Graphics 1.0"


def test_r2_what_somebody_else_installed_is_not_listed_because_of_that():
    application, device = make_application("GIMP"), make_device()
    make_report(device, application)
    assert listed(device) == []


# The reason that helps


@pytest.mark.parametrize(
    ("facts", "action", "reason"),
    [
        ({"online": False, "has_uninstall": False}, Action.UNINSTALL, Reason.NO_UNINSTALL_COMMAND),
        ({"online": False, "has_uninstall": True, "also_required": "X"}, Action.UNINSTALL, Reason.REQUIRED_DEPLOYMENT),
        ({"online": False, "client_version": "2006"}, Action.REEVALUATE, Reason.CLIENT_TOO_OLD),
        ({"online": True, "client_version": "2006"}, Action.REPAIR, Reason.NO_REPAIR_COMMAND),
        ({"online": False, "open_action": "install"}, Action.UNINSTALL, Reason.NO_UNINSTALL_COMMAND),
        ({"online": False, "has_uninstall": True}, Action.UNINSTALL, Reason.NOT_INSTALLED),
    ],
)  # fmt: skip
def test_r11_the_lasting_reason_is_said_before_the_passing_one(facts, action, reason):
    known = {"now": NOW, "site_version": "2111", "client_version": "2111", "offline_since": NOW, **facts}
    assert verdict(action, Facts(**known)).reason is reason


# The cost of a policy


def rows_read(queries) -> int:
    """The rows that PostgreSQL touched for these queries, those that it threw away included."""
    total = 0
    with connection.cursor() as cursor:
        for query in queries:
            if query["sql"].startswith("SELECT"):
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}")
                answer = cursor.fetchone()[0]
                plan = json.loads(answer) if isinstance(answer, str) else answer
                total += _rows(plan[0]["Plan"])
    return total


def _rows(node) -> int:
    mine = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return int(mine) + sum(_rows(child) for child in node.get("Plans", ()))


@pytest.mark.parametrize("others", [10, 2000])
def test_r16_a_policy_costs_the_same_whatever_the_size_of_the_fleet(others, django_assert_max_num_queries):
    """Rows read on PostgreSQL, queries on both."""
    device = make_device()
    everything = make_collection("Everything", device)
    for _ in range(50):
        deploy(make_application(), everything)
    crowd = Device.objects.bulk_create(
        Device(name=f"D{number}", site=device.site, secret_hash=f"{number:064x}") for number in range(others)
    )
    DeviceMember.objects.bulk_create(DeviceMember(collection=everything, device=each) for each in crowd)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with (
        django_assert_max_num_queries(12),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        assert len(policy_of(device).applications) == 50
    if connection.vendor == "postgresql":
        assert rows_read(asked.captured_queries) < 1500


# Over random worlds


class RandomWorlds(TestCase):
    """Policy, rules, preview and page agree, whatever is deployed to whom (R10–R16)."""

    @settings(
        max_examples=60, phases=(Phase.explicit, Phase.generate), deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def test_what_policy_installs_is_what_the_rules_allow_the_preview_says_and_the_page_lists(self, data):
        draw = data.draw
        site = make_site("S", "2111")
        site.version = draw(st.sampled_from(["2006", "2010", "2103", "2111"]))
        site.save()
        persons = [make_person() for _ in range(2)]
        join = draw(st.sampled_from(["domain", "hybrid", "azure_ad"]))
        device = make_device(
            site=site, join_type=join, online=True, client_version="2111",
            primary_user=draw(st.sampled_from([None, persons[0]])),
        )  # fmt: skip
        if draw(st.booleans()):
            sign_in(device, persons[1])
        collections = [make_collection("", *draw(st.sampled_from([[], [device]]))) for _ in range(2)]
        collections.append(make_collection("", *draw(st.lists(st.sampled_from(persons), unique=True)), persons=True))
        newest, other = make_application("New"), make_application("Other")
        old = make_application("Old", superseded_by=draw(st.sampled_from([None, newest])))
        applications = [old, newest, other, make_group("Group", old, other)]
        library, tool = make_application("Library"), make_application("Tool")
        for needing, needed in ((newest, library), (other, library), (old, tool), (library, tool), (other, newest)):
            if draw(st.booleans()):
                need(needing, needed)
        deployments = []
        for application, collection in product(applications, collections):
            way = draw(st.sampled_from([None, None, "required", "available", "approval"]))
            if way:
                purpose = "required" if way == "required" else "available"
                deployments.append(deploy(application, collection, purpose, approval=way == "approval"))

        planned = {pk for pk, plan in plan_of(device).items() if plan.required}
        assert planned == allowed_by_the_rules(device, applications)
        assert planned == promised_by_previews(device, deployments)
        rows = {row.application: row for row in rows_for(device, listed(device), None, NOW)}
        assert planned == said_by_the_page(rows)
        for entry in policy_of(device).listed:
            application = Application.objects.get(pk=entry["application"])
            if entry["purpose"] == "required":
                assert [each["application"] for each in entry.get("before", [])] == first_of(application)
        for application, row in rows.items():
            assert [step.application.pk for step in row.before] == said_before(application) == ordered_before(row)
        for application in applications:
            answer = announced(device, application)
            assert (answer == "acknowledged") == (application.pk in planned), answer
            Request.objects.all().delete()


def first_of(application) -> list[int]:
    """What it needs, as a naive reading of R25 has it: each once, and before what needs it."""
    found: list[int] = []
    for each in application.needs.all():
        needed = each.needs.superseded_by or each.needs
        found += [pk for pk in (*first_of(needed), needed.pk) if pk not in found]
    return found


def said_before(application) -> list[int]:
    return [step.application.pk for step in steps_of(application)]


def ordered_before(row) -> list[int]:
    """What an order to the device names before what was asked for."""
    request = make_request(row.device, row.application, "sent", target=row.target)
    order = json.loads(request.order.signed)
    request.delete()
    return [each["application"] for each in order["steps"] if "for" in each]


def parts_of(application) -> set[int]:
    """What installing it really installs (R13, R15)."""
    members = list(application.members.all()) if application.is_group else [application]
    return {member.superseded_by_id or member.pk for member in members}


def allowed_by_the_rules(device, applications) -> set[int]:
    """What a click on Install could do by a Required deployment alone."""
    situation = Situation([device], applications, user=None, now=NOW)
    found: set[int] = set()
    for application in applications:
        reaches: tuple[Reach, ...] = situation.reaches.get((device.pk, application.pk), ())
        for reach in reaches:
            if reach.requires and verdict(Action.INSTALL, situation.facts(device, application, (reach,))).allowed:
                found |= parts_of(application)
    return found


def promised_by_previews(device, deployments) -> set[int]:
    root = make_user(f"root-{uuid4().hex[:8]}", superuser=True)
    found: set[int] = set()
    for deployment in deployments:
        reached = outreach(deployment, root)
        if deployment.purpose == "required" and reached.devices - reached.unlisted - reached.azure_only:
            found |= parts_of(deployment.application)
    return found


def said_by_the_page(rows) -> set[int]:
    """The rows that say Required, as what they install."""
    required = [application for application, row in rows.items() if row.status is Status.REQUIRED]
    found: set[int] = set()
    for application in required:
        if not application.is_group:
            found.add(application.superseded_by_id or application.pk)
    for application in required:
        if application.is_group:
            assert found & parts_of(application) or any(reach.requires for reach in rows[application].reaches), (
                "a group is Required with a member, or by itself"
            )
            if any(reach.requires for reach in rows[application].reaches):
                found |= parts_of(application)
    return found
