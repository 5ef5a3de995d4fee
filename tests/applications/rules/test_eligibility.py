"""When an action is possible: one test per row of R10, R11 and R12, and properties over every combination of facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.rules import versions
from applications.rules.eligibility import INSTALL, Facts, Reach, verdict, verdict_at_delivery, verdicts
from applications.rules.reasons import REFUSALS, Reason
from applications.rules.status import Status
from applications.rules.words import Action, JoinType, Target, Via, Way

NOW = datetime(2026, 11, 20, 13, 32, tzinfo=UTC)


def reach(target: Target = Target.DEVICE, way: Way = Way.AVAILABLE, **about) -> Reach:
    person = {"person": "j.visser", "person_id": 1, "via": Via.SIGNED_IN} if target is Target.PERSON else {}
    return Reach(**{"deployment": 1, "collection": "Office baseline", "target": target, "way": way, **person, **about})


def facts(*reaches: Reach, **about) -> Facts:
    defaults = {
        "now": NOW,
        "site_version": "2111",
        "client_version": "2111",
        "online": True,
        "offline_since": NOW - timedelta(minutes=12),
        "join_type": JoinType.HYBRID,
        "signed_in": 1,
        "has_uninstall": True,
        "has_repair": True,
    }
    return Facts(**{**defaults, "reaches": reaches or (reach(),), **about})


INSTALLED = {"status": Status.INSTALLED}
OTHERS = [Action.REINSTALL, Action.REEVALUATE, Action.UNINSTALL, Action.REPAIR]

# R10 as the document has it: policy sync needed, must be online to queue.
R10 = {
    (Target.DEVICE, Way.REQUIRED): (True, True),
    (Target.DEVICE, Way.AVAILABLE): (True, True),
    (Target.DEVICE, Way.APPROVAL): (False, False),
    (Target.PERSON, Way.REQUIRED): (True, True),
    (Target.PERSON, Way.AVAILABLE): (False, False),
    (Target.PERSON, Way.APPROVAL): (False, False),
}


@pytest.mark.parametrize(("option", "expected"), R10.items(), ids=lambda value: "-".join(map(str, value)))
def test_r10_install_by_what_reaches_the_device(option, expected):
    """R10: one row of the table; online it is allowed, offline only where the table says so."""
    sync, must_be_online = expected
    online = verdict(Action.INSTALL, facts(reach(*option)))
    assert online.allowed
    assert online.sync_policy is sync
    offline = verdict(Action.INSTALL, facts(reach(*option), online=False))
    assert offline.allowed is not must_be_online
    assert offline.reason == (Reason.OFFLINE if must_be_online else None)
    assert offline.waits is not must_be_online


def test_r10_has_a_row_for_every_option():
    assert {(row.target, row.way) for row in INSTALL} == set(R10)


def test_r10_the_most_permissive_of_several_deployments_counts():
    required, approval = reach(way=Way.REQUIRED, deployment=1), reach(way=Way.APPROVAL, deployment=2)
    answer = verdict(Action.INSTALL, facts(required, approval, online=False))
    assert answer.allowed
    assert answer.reach == approval
    assert not answer.sync_policy


def test_r10_a_permissive_deployment_that_is_refused_gives_way_to_another():
    person, device = reach(Target.PERSON), reach(way=Way.AVAILABLE)
    answer = verdict(Action.INSTALL, facts(person, device, signed_in=2))
    assert answer.reach == device


def test_r11_install_on_an_installed_application_is_refused_and_points_to_reinstall():
    answer = verdict(Action.INSTALL, facts(**INSTALLED))
    assert answer.reason == Reason.INSTALLED_ALREADY
    assert "Reinstall" in REFUSALS[Reason.INSTALLED_ALREADY]


@pytest.mark.parametrize("action", OTHERS)
def test_r11_the_other_actions_need_the_device_online(action):
    assert verdict(action, facts(**INSTALLED)).allowed
    assert verdict(action, facts(**INSTALLED, online=False)).reason == Reason.OFFLINE


@pytest.mark.parametrize("action", OTHERS)
def test_r11_a_device_that_never_connected_says_so(action):
    assert verdict(action, facts(**INSTALLED, online=False, offline_since=None)).reason == Reason.NEVER_CONNECTED


@pytest.mark.parametrize("action", [Action.REEVALUATE, Action.UNINSTALL, Action.REPAIR])
def test_r11_the_other_actions_need_a_recent_client(action):
    assert verdict(action, facts(**INSTALLED, client_version="2006")).reason == Reason.CLIENT_TOO_OLD


def test_r11_uninstall_needs_an_uninstall_command():
    assert verdict(Action.UNINSTALL, facts(**INSTALLED, has_uninstall=False)).reason == Reason.NO_UNINSTALL_COMMAND


def test_r11_uninstall_is_refused_while_a_required_deployment_reaches_the_device():
    answer = verdict(Action.UNINSTALL, facts(reach(way=Way.REQUIRED), **INSTALLED))
    assert answer.reason == Reason.REQUIRED_DEPLOYMENT
    assert answer.details == {"collection": "Office baseline"}


@pytest.mark.parametrize("action", [Action.UNINSTALL, Action.REPAIR])
@pytest.mark.parametrize("status", sorted(set(Status) - {Status.INSTALLED, Status.RESTART_PENDING}))
def test_r11_uninstall_and_repair_need_it_installed_now(action, status):
    assert verdict(action, facts(status=status)).reason == Reason.NOT_INSTALLED


def test_r11_repair_needs_a_repair_command():
    assert verdict(Action.REPAIR, facts(**INSTALLED, has_repair=False)).reason == Reason.NO_REPAIR_COMMAND


@pytest.mark.parametrize("status", Status)
def test_r11_reinstall_runs_on_an_installed_or_failed_application(status):
    allowed = status in {Status.INSTALLED, Status.RESTART_PENDING, Status.FAILED}
    answer = verdict(Action.REINSTALL, facts(status=status))
    assert answer.allowed is allowed
    assert answer.reason == (None if allowed else Reason.NEITHER_INSTALLED_NOR_FAILED)


@pytest.mark.parametrize("action", Action)
def test_r11_a_site_that_queues_every_action_queues_for_an_offline_device(action):
    status = Status.AVAILABLE if action is Action.INSTALL else Status.INSTALLED
    answer = verdict(action, facts(status=status, online=False, queue_every_action=True))
    assert answer.allowed
    assert answer.waits


ON_REQUEST = [(Target.DEVICE, Way.APPROVAL), (Target.PERSON, Way.AVAILABLE), (Target.PERSON, Way.APPROVAL)]
EVERYTHING = list(R10)

# R12 cell by cell: site, client, what is listed, actions on what can be asked for, actions on the rest.
R12 = [
    ("2010", "2006", ON_REQUEST, {Action.INSTALL, Action.REINSTALL}, set()),
    ("2010", "2010", ON_REQUEST, set(Action), set()),
    ("2103", "2006", EVERYTHING, {Action.INSTALL, Action.REINSTALL}, set()),
    ("2103", "2010", EVERYTHING, set(Action), set(Action)),
    # versions between 2010 and 2103 follow 2010, newer ones follow the newest row
    ("2012", "1902", ON_REQUEST, {Action.INSTALL, Action.REINSTALL}, set()),
    ("2102", "2107", ON_REQUEST, set(Action), set()),
    ("2111", "2006", EVERYTHING, {Action.INSTALL, Action.REINSTALL}, set()),
    ("2111", "2111", EVERYTHING, set(Action), set(Action)),
    # a client that has not told its version is not recent
    ("2111", "", EVERYTHING, {Action.INSTALL, Action.REINSTALL}, set()),
]


def possible_status(action: Action) -> Status:
    return Status.AVAILABLE if action is Action.INSTALL else Status.INSTALLED


@pytest.mark.parametrize(("site", "client", "listed", "on_request", "otherwise"), R12)
@pytest.mark.parametrize("option", EVERYTHING, ids="-".join)
@pytest.mark.parametrize("action", Action)
def test_r12_every_cell_of_the_version_matrix(site, client, listed, on_request, otherwise, option, action):
    """R12: listed, and which actions; Uninstall of a Required application is refused by R11 besides."""
    assert (option in versions.listed_ways(site)) is (option in listed)
    answer = verdict(
        action,
        facts(reach(*option), site_version=site, client_version=client, status=possible_status(action)),
    )
    allowed = action in (on_request if option in ON_REQUEST else otherwise)
    if action is Action.UNINSTALL and option[1] is Way.REQUIRED:
        allowed = False
    assert answer.allowed is allowed


@pytest.mark.parametrize("action", Action)
def test_r12_a_site_older_than_2010_lists_nothing_and_says_so(action):
    assert versions.listed_ways("2006") == frozenset()
    assert verdict(action, facts(site_version="2006")).reason == Reason.SITE_TOO_OLD


@pytest.mark.parametrize(("site", "allowed"), [("2010", False), ("2107", False), ("2110", False), ("2111", True)])
def test_r13_groups_act_like_applications_from_2111_on(site, allowed):
    answer = verdict(Action.INSTALL, facts(reach(way=Way.APPROVAL), is_group=True, site_version=site))
    assert answer.reason == (None if allowed else Reason.GROUP_NEEDS_SITE)


def test_r13_repair_is_refused_for_groups_with_the_reason():
    assert verdict(Action.REPAIR, facts(**INSTALLED, is_group=True)).reason == Reason.GROUP_HAS_NO_REPAIR


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("way", Way)
def test_r14_an_application_for_a_person_needs_a_single_session(action, way):
    about = {"status": possible_status(action), "signed_in": 2}
    answer = verdict(action, facts(reach(Target.PERSON, way), **about))
    required_uninstall = action is Action.UNINSTALL and way is Way.REQUIRED
    assert answer.reason == (Reason.REQUIRED_DEPLOYMENT if required_uninstall else Reason.SEVERAL_SIGNED_IN)


@pytest.mark.parametrize("join_type", JoinType)
def test_r14_only_a_device_joined_just_to_azure_ad_is_refused(join_type):
    answer = verdict(Action.INSTALL, facts(reach(Target.PERSON), join_type=join_type))
    assert answer.reason == (Reason.AZURE_AD_ONLY if join_type is JoinType.AZURE_AD else None)


def test_r14_does_not_concern_an_application_for_the_device():
    assert verdict(Action.INSTALL, facts(signed_in=3, join_type=JoinType.AZURE_AD)).allowed


def test_r15_installing_is_refused_when_the_superseding_application_is_there():
    answer = verdict(Action.INSTALL, facts(target_status=Status.INSTALLED, target_name="7-Zip 25.01"))
    assert answer.reason == Reason.SUPERSEDING_INSTALLED
    assert answer.details == {"application": "7-Zip 25.01"}


def test_r15_installing_an_installed_superseded_application_installs_the_newer_one():
    assert verdict(Action.INSTALL, facts(**INSTALLED, target_status=Status.AVAILABLE)).allowed


@pytest.mark.parametrize("action", Action)
def test_r17_another_action_is_refused_while_a_request_is_open(action):
    answer = verdict(action, facts(open_action="uninstall"))
    assert answer.reason == Reason.REQUEST_OPEN
    assert answer.details == {"action": "uninstall"}


@pytest.mark.parametrize("action", Action)
def test_r18_acting_needs_the_right_to_approve(action):
    assert verdict(action, facts(may_approve=False)).reason == Reason.NO_PERMISSION


def test_an_application_is_not_installed_before_it_is_available():
    answer = verdict(Action.INSTALL, facts(reach(available_from=NOW + timedelta(days=1))))
    assert answer.reason == Reason.NOT_YET_AVAILABLE
    assert verdict(Action.INSTALL, facts(reach(available_from=NOW))).allowed


@pytest.mark.parametrize("action", [Action.INSTALL, Action.REINSTALL])
def test_installing_needs_a_deployment_that_reaches_the_device(action):
    answer = verdict(action, replace(facts(status=possible_status(action)), reaches=()))
    assert answer.reason == Reason.NO_DEPLOYMENT


@pytest.mark.parametrize("action", [Action.REEVALUATE, Action.UNINSTALL, Action.REPAIR])
def test_what_is_there_can_be_handled_without_a_deployment(action):
    assert verdict(action, replace(facts(**INSTALLED), reaches=())).allowed
    old = replace(facts(**INSTALLED, client_version="2006"), reaches=())
    assert verdict(action, old).reason == Reason.CLIENT_TOO_OLD


def test_an_application_without_deployment_types_cannot_be_acted_upon():
    assert verdict(Action.INSTALL, facts(has_deployment_type=False)).reason == Reason.NO_DEPLOYMENT_TYPE


def test_r17_at_delivery_a_lost_deployment_refuses_but_what_detection_may_see_otherwise_does_not():
    assert verdict_at_delivery(Action.INSTALL, replace(facts(), reaches=())).reason == Reason.NO_DEPLOYMENT
    assert verdict_at_delivery(Action.INSTALL, facts(**INSTALLED)).allowed
    assert verdict_at_delivery(Action.UNINSTALL, facts(status=Status.AVAILABLE)).allowed
    required = facts(reach(way=Way.REQUIRED), **INSTALLED)
    assert verdict_at_delivery(Action.UNINSTALL, required).reason == Reason.REQUIRED_DEPLOYMENT


some_reach = st.builds(
    reach,
    target=st.sampled_from(Target),
    way=st.sampled_from(Way),
    deployment=st.integers(1, 5),
    available_from=st.sampled_from([None, NOW - timedelta(days=1), NOW + timedelta(days=1)]),
)
some_facts = st.builds(
    Facts,
    now=st.just(NOW),
    site_version=st.sampled_from(["2006", "2010", "2102", "2103", "2110", "2111", "2207"]),
    client_version=st.sampled_from(["", "1902", "2006", "2010", "2111"]),
    online=st.booleans(),
    offline_since=st.sampled_from([None, NOW]),
    queue_every_action=st.booleans(),
    join_type=st.sampled_from(JoinType),
    signed_in=st.integers(0, 3),
    reaches=st.lists(some_reach, max_size=4).map(tuple),
    status=st.sampled_from(Status),
    target_status=st.sampled_from([None, *Status]),
    open_action=st.sampled_from(["", *Action]),
    is_group=st.booleans(),
    has_deployment_type=st.booleans(),
    has_uninstall=st.booleans(),
    has_repair=st.booleans(),
    may_approve=st.booleans(),
)


@given(some_facts)
def test_every_combination_of_facts_has_a_verdict_and_every_refusal_a_sentence(given_facts):
    for action, answer in verdicts(given_facts).items():
        assert answer.action is action
        if answer.reason is None:
            assert answer.details == {}
        else:
            assert REFUSALS[answer.reason] % answer.details


@given(some_facts)
def test_whoever_may_not_approve_can_do_nothing(given_facts):
    assert not any(answer.allowed for answer in verdicts(replace(given_facts, may_approve=False)).values())


@given(some_facts)
def test_an_offline_device_never_gets_less_from_being_online(given_facts):
    for action in Action:
        if verdict(action, replace(given_facts, online=False)).allowed:
            assert verdict(action, replace(given_facts, online=True)).allowed


@given(some_facts, some_reach)
def test_another_deployment_never_takes_install_away(given_facts, another):
    if verdict(Action.INSTALL, given_facts).allowed:
        more = replace(given_facts, reaches=(*given_facts.reaches, another))
        assert verdict(Action.INSTALL, more).allowed


@given(some_facts)
def test_what_may_be_asked_now_may_be_delivered_now(given_facts):
    for action, answer in verdicts(given_facts).items():
        if answer.allowed:
            assert verdict_at_delivery(action, replace(given_facts, online=True)).allowed
