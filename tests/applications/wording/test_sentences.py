"""The line of detail under a status, and that every code has its words (R8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from applications.rules.reasons import OUTCOMES
from applications.status.rows import rows_for
from applications.wording.sentences import detail, outcome
from tests.make import NOW, deploy, make_application, make_device, make_group, make_person, make_report, make_request

pytestmark = pytest.mark.django_db

PART = {"code": "content_part", "facts": {"bytes": 54 * 1024**2, "of_bytes": 120 * 1024**2}}


@pytest.fixture
def device():
    return make_device()


@pytest.fixture
def application(device):
    application = make_application("GIMP")
    deploy(application, device)
    return application


def line(device, application) -> str:
    return detail(rows_for(device, [application], None, NOW)[0])


@pytest.mark.parametrize(
    ("state", "facts", "said"),
    [
        ("queued", {"action": "uninstall"}, "Uninstall requested. Waits to be delivered"),
        ("sent", {"action": "uninstall"}, "Uninstall requested"),
        ("running", {"action": "uninstall"}, "Uninstalling"),
        ("running", {"action": "repair"}, "Repairing"),
        ("running", {"action": "reevaluate"}, "Re-evaluating"),
        ("running", {"percent": 64, "progress_text": "Downloading"}, "Downloading · 64 %"),
        (
            "running",
            {"phase": "downloading", "percent": 45, "progress_detail": PART},
            "Downloading 45 % of 120.0\xa0MB",
        ),
        ("running", {"phase": "syncing_policy"}, "Syncing policy"),
        ("queued", {"waits_for": "one_session"}, "Waits until only one user is signed in"),
    ],
)
def test_r8_what_is_under_way_is_said(device, application, state, facts, said):
    make_request(device, application, state, **facts)
    assert line(device, application) == said


def test_r8_waiting_names_the_person_or_the_day_it_expires(device, application):
    make_request(device, application, person=make_person("j.visser"), waits_for="sign_in")
    assert line(device, application) == "Waiting for sign-in of j.visser"
    offline = make_device(online=False)
    deploy(application, offline, approval=True)
    make_request(offline, application, expires_at=NOW + timedelta(days=30))
    assert line(offline, application) == "Waits until the device is online; expires 20 Dec"


def test_r8_a_failure_says_its_exit_code_and_what_it_means(device, application):
    facts = {"exit_code": 1603, "meaning": "fatal error during installation"}
    make_report(device, application, "failed", reason="exit_code", facts=facts)
    assert line(device, application) == "Exit code 1603: fatal error during installation"


def test_r15_a_superseded_application_says_by_what(device, application):
    application.superseded_by = make_application("GIMP", version="3.2")
    application.save()
    assert line(device, application) == "Superseded by GIMP 3.2"


def test_r13_a_group_says_how_far_it_is(device):
    first, second = make_application("One"), make_application("Two")
    group = make_group("Tools", first, second)
    deploy(group, device)
    make_report(device, first)
    assert line(device, group) == "1 of 2 installed, next: Two"


@pytest.mark.parametrize("code", [code for code in OUTCOMES if code])
def test_r8_every_outcome_is_a_sentence(code):
    facts = {"exit_code": 1, "meaning": "fatal error during installation", "detail": "x", "at": NOW.isoformat()}
    said = outcome(code, {**facts, "actor": "admin", "person": "j.visser", "comment": "because"})
    assert said
    assert said[0].isupper()
    assert "%(" not in said


def test_a_code_that_nobody_knows_yet_is_shown_as_it_is():
    assert outcome("", {}) == ""
    assert "%(" not in outcome("exit_code", {})
