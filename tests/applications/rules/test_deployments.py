"""What a deployment may be: one test per sentence with which one is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from applications.rules.deployments import Content, Plan, cannot_deploy, problems

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
AVAILABLE = Plan(application=1, collection=1, purpose="available")
REQUIRED = Plan(application=1, collection=1, purpose="required")


def said(plan, before=None):
    return {problem.part: str(problem) for problem in problems(plan, before)}


def test_what_is_in_order():
    assert said(AVAILABLE) == said(REQUIRED) == {}
    assert said(replace(AVAILABLE, requires_approval=True, available_from=NOON)) == {}
    assert said(replace(REQUIRED, available_from=NOON, deadline=NOON)) == {}


def test_only_available_can_require_approval():
    """R16"""
    assert "nobody approves it" in said(replace(REQUIRED, requires_approval=True))["requires_approval"]


def test_only_required_has_a_deadline():
    assert "has no deadline" in said(replace(AVAILABLE, deadline=NOON))["deadline"]


def test_a_deadline_before_the_available_time_is_refused():
    assert "before the moment" in said(replace(REQUIRED, available_from=NOON, deadline=NOON - HOUR))["deadline"]


def test_a_purpose_is_one_of_the_two():
    assert "purpose" in said(replace(AVAILABLE, purpose="optional"))


@pytest.mark.parametrize(
    ("part", "other"), [("purpose", "required"), ("application", 2), ("collection", 2)], ids=lambda part: str(part)
)
def test_what_devices_act_on_already_cannot_be_changed_and_the_sentence_says_what_to_do(part, other):
    assert "Delete this deployment and make a new one." in said(replace(AVAILABLE, **{part: other}), AVAILABLE)[part]


def test_the_database_would_refuse_nothing_that_the_rules_accept():
    """The constraints of the model, written out."""
    times = (None, NOON, NOON + HOUR)
    for purpose, approval, start, end in product(("available", "required"), (True, False), times, times):
        plan = Plan(1, 1, purpose, approval, start, end)
        constraints = (
            (not approval or purpose == "available")
            and (end is None or purpose == "required")
            and (end is None or start is None or end >= start)
        )
        assert (problems(plan) == []) == constraints


def test_something_without_a_deployment_type_cannot_be_deployed():
    assert cannot_deploy(Content("GIMP", types=1)) is None
    assert str(cannot_deploy(Content("GIMP"))) == "GIMP has no deployment type, so there is nothing to run."


def test_r13_a_group_needs_members_and_each_of_them_a_deployment_type():
    assert "has no members" in str(cannot_deploy(Content("Office", is_group=True)))
    members = (Content("A", types=1), Content("B"), Content("C"))
    assert str(cannot_deploy(Content("Office", is_group=True, members=members))).endswith(": B, C.")
    assert cannot_deploy(Content("Office", is_group=True, members=members[:1])) is None
