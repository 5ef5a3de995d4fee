"""The nine statuses: every row of the table, and groups."""

from itertools import product

import pytest

from applications.rules.lifecycle import State
from applications.rules.status import ATTENTION, RULES, Status, StatusFacts, derive, derive_group

REPORTED = ("", "installed", "not_installed", "failed", "requirements_not_met", "restart_pending")


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({}, Status.AVAILABLE),
        ({"reported": "installed", "ever_installed": True}, Status.INSTALLED),
        ({"request": State.ACKNOWLEDGED}, Status.INSTALLING),
        ({"request": State.RUNNING, "reported": "failed"}, Status.INSTALLING),
        ({"request": State.QUEUED, "reported": "failed", "required": True}, Status.INSTALL_REQUESTED),
        ({"request": State.SENT, "reported": "installed"}, Status.INSTALL_REQUESTED),
        ({"reported": "failed", "required": True, "ever_installed": True}, Status.FAILED),
        ({"reported": "requirements_not_met", "required": True}, Status.REQUIREMENTS_NOT_MET),
        ({"reported": "restart_pending", "required": True, "ever_installed": True}, Status.RESTART_PENDING),
        ({"reported": "not_installed", "ever_installed": True}, Status.NOT_INSTALLED),
        ({"reported": "not_installed", "ever_installed": True, "required": True}, Status.REQUIRED),
        ({"required": True}, Status.REQUIRED),
        ({"reported": "not_installed"}, Status.AVAILABLE),
    ],
)
def test_r7_a_status_follows_from_facts_by_precedence(facts, status):
    """R3, R7: an open install request, then what the client reported, then what is planned, then what was."""
    assert derive(StatusFacts(**facts)) == status


def test_r7_every_combination_of_facts_has_exactly_one_status():
    for request, reported, required, ever in product(("", *State), REPORTED, (True, False), (True, False)):
        assert derive(StatusFacts(request, reported, required, ever)) in Status


def test_r3_there_are_nine_statuses_and_the_tables_know_each_once():
    assert len(Status) == 9
    assert sorted(status for status, _ in RULES) == sorted(Status)
    assert sorted(ATTENTION) == sorted(Status)


def test_r13_a_group_is_as_bad_as_its_worst_member():
    assert derive_group("", [Status.INSTALLED, Status.FAILED, Status.AVAILABLE]) == Status.FAILED
    assert derive_group("", [Status.INSTALLED, Status.INSTALLED]) == Status.INSTALLED
    assert derive_group("", [Status.INSTALLED, Status.AVAILABLE]) == Status.AVAILABLE
    assert derive_group("", []) == Status.AVAILABLE


def test_r13_an_open_request_for_the_group_comes_before_its_members():
    assert derive_group(State.QUEUED, [Status.FAILED]) == Status.INSTALL_REQUESTED
    assert derive_group(State.RUNNING, [Status.INSTALLED]) == Status.INSTALLING
