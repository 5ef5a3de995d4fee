"""The nine statuses as they come about, one test per sentence of the document, seen on the device's page (R3, R9)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils.translation import override

from applications.models import Application
from applications.requests import asking, evaluations, results
from applications.requests.claiming import claim
from applications.requests.from_clients import acknowledge, progress
from applications.requests.schemas import FindingIn, ResultIn, StepIn
from applications.rules.words import Action
from applications.status.rows import rows_for
from tests.make import (
    deploy,
    make_application,
    make_approver,
    make_collection,
    make_device,
    make_group,
    make_report,
    make_request,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 13, 32, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
# The document's labels in its own order, and what we call them in English.
LABELS = {
    "available": ("Available", "Beschikbaar"),
    "installed": ("Installed", "Geïnstalleerd"),
    "installing": ("Installing", "Installeren"),
    "install_requested": ("Install requested", "Installatie aangevraagd"),
    "failed": ("Failed", "Mislukt"),
    "requirements_not_met": ("Requirements not met", "Er is niet aan de vereisten voldaan"),
    "not_installed": ("Not installed", "Niet geïnstalleerd"),
    "restart_pending": ("Restart pending", "Opnieuw opstarten in behandeling"),
    "required": ("Required", "Vereist"),
}


@pytest.fixture
def office(client):
    """A device in a collection, an application that needs approval there, and an approver who looks."""
    device = make_device("LT-AMS-0421")
    collection = make_collection("Office baseline", device)
    application = make_application("GIMP")
    deploy(application, collection, approval=True)
    user = make_approver(collection)
    client.force_login(user)
    return SimpleNamespace(
        client=client, device=device, collection=collection, application=application, user=user, request=None
    )


def page(office, **query):
    return office.client.get(reverse("applications:device", args=[office.device.pk]), query)


def label(office) -> str:
    """The status of the application as its row says it."""
    cell = re.search(rf'id="s{office.application.pk}".*?<b>([^<]*)</b>', page(office).text, re.DOTALL)
    assert cell
    return cell[1]


def line(office) -> str:
    """The line under it."""
    cell = re.search(rf'id="s{office.application.pk}".*?</td>', page(office).text, re.DOTALL)
    assert cell
    return " ".join(re.findall(r"<small[^>]*>([^<]*)</small>", cell[0]))


def ask(office, action=Action.INSTALL):
    office.request, _ = asking.ask(office.user, office.device, office.application, action, now=NOW)


def confirm(office):
    claim([office.device.pk], LATER)
    acknowledge(office.device, office.request.pk, LATER)


def report(office, reason="", **about):
    """The client says how it ended."""
    facts = {"ran": True, "exit_code": 0, "meaning": "success", "detected": "installed", **about}
    step = StepIn(application=office.application.pk, reason=reason, **facts)
    outcome = "failed" if reason else "succeeded"
    said = ResultIn(outcome=outcome, reason=reason, started_at=NOW, finished_at=LATER, steps=[step])
    results.finish(office.device, office.request.pk, said, LATER)


def install(office, **about):
    ask(office)
    confirm(office)
    report(office, **about)


def evaluate(office, detected, requirement=None):
    found = FindingIn(application=office.application.pk, detected=detected, requirement=requirement)
    evaluations.evaluate(office.device, [found], LATER)


def test_r3_available_was_never_installed_on_the_device(office):
    assert label(office) == "Available"
    evaluate(office, "not_installed")
    assert label(office) == "Available"


def test_r3_installed_is_on_the_device(office):
    install(office)
    assert label(office) == "Installed"


def test_r3_installing_is_being_installed_now(office):
    ask(office)
    confirm(office)
    assert label(office) == "Installing"
    progress(office.device, office.request.pk, LATER, phase="installing", percent=5, text="")
    assert label(office) == "Installing"


def test_r3_install_requested_was_asked_and_the_client_has_not_confirmed_it(office):
    ask(office)
    assert label(office) == "Install requested"
    claim([office.device.pk], LATER)
    assert label(office) == "Install requested"


def test_r3_of_an_offline_device_it_is_confirmed_once_it_is_back(office):
    type(office.device).objects.update(online=False)
    office.device.refresh_from_db()
    ask(office)
    assert label(office) == "Install requested"
    assert line(office).startswith("Waits until the device is online; expires")
    # its client connects, gets what waits for it, and confirms
    confirm(office)
    assert label(office) == "Installing"


def test_r3_failed_is_an_installation_that_failed(office):
    install(office, reason="exit_code", exit_code=1603, meaning="failure", detected="not_installed")
    assert label(office) == "Failed"


def test_r3_requirements_not_met_when_one_does_not_hold(office):
    install(office, reason="requirements_not_met", ran=False, exit_code=None, meaning="", detected="not_installed")
    assert label(office) == "Requirements not met"


@pytest.mark.parametrize("by", ["another deployment", "a user"])
def test_r3_not_installed_was_there_and_is_not_now(office, by):
    install(office)
    if by == "a user":
        evaluate(office, "not_installed")
        assert line(office).startswith("Removed outside Koppel")
    else:
        ask(office, Action.UNINSTALL)
        confirm(office)
        report(office, detected="not_installed")
    assert label(office) == "Not installed"


def test_r3_restart_pending_is_installed_and_must_restart(office):
    install(office, exit_code=3010, meaning="restart")
    assert label(office) == "Restart pending"


def test_r3_required_must_be_installed_and_is_not_yet(office):
    deploy(office.application, office.device, "required", deadline=LATER)
    assert label(office) == "Required"
    # R7: also after a removal, because it will be installed again
    install(office)
    evaluate(office, "not_installed")
    assert label(office) == "Required"


@pytest.mark.parametrize(("action", "asked", "under_way"), [
    (Action.UNINSTALL, "Uninstall requested", "Uninstalling"),
    (Action.REPAIR, "Repair requested", "Repairing"),
    (Action.REEVALUATE, "Re-evaluation requested", "Re-evaluating"),
])  # fmt: skip
def test_r8_another_action_is_a_line_under_the_status_that_stays(office, action, asked, under_way):
    install(office)
    ask(office, action)
    claim([office.device.pk], LATER)
    assert (label(office), line(office)) == ("Installed", asked)
    acknowledge(office.device, office.request.pk, LATER)
    assert (label(office), line(office)) == ("Installed", under_way)


@pytest.mark.parametrize(
    ("action", "reason", "detected", "status", "said"),
    [
        (Action.UNINSTALL, "still_detected", "installed", "Installed", "Still detected after uninstall"),
        (Action.UNINSTALL, "exit_code", "not_installed", "Not installed", "Exit code 1603: fatal error"),
        (Action.REPAIR, "exit_code", "installed", "Installed", "Exit code 1603: fatal error"),
        (Action.REPAIR, "not_detected", "not_installed", "Not installed", "but detection did not find it"),
        (Action.REEVALUATE, "detection_unknown", "unknown", "Installed", "Detection gave no answer"),
    ],
)
def test_r9_after_another_action_failed_detection_decides_and_the_failure_is_the_line(
    office, action, reason, detected, status, said
):
    install(office)
    ask(office, action)
    confirm(office)
    report(
        office,
        reason=reason,
        detected=detected,
        exit_code=1603,
        meaning="failure",
        detail={"code": "script_exit_code", "facts": {"exit_code": 4}},
    )
    assert label(office) == status
    assert said in line(office)


# The filter


def pills(answer) -> list[tuple[str, str, str]]:
    """Status, label and count of what the list can be filtered by."""
    return re.findall(r'id="pill-(?!all)(\w+)".*?</svg>\s*([^<]*?)\s*<b>(\d+)</b>', answer.text, re.DOTALL)


def everything(office) -> dict[str, Application]:
    """An application in each of the statuses, besides the one that is there."""
    device, made = office.device, {"available": office.application}
    for status in LABELS:
        application = made.setdefault(status, make_application(f"App that is {status}"))
        deploy(application, office.device, "required" if status == "required" else "available")
    for found in ("installed", "failed", "requirements_not_met", "restart_pending"):
        make_report(device, made[found], found)
    make_report(device, made["not_installed"], "not_installed", ever_installed=True)
    make_request(device, made["installing"], "acknowledged")
    make_request(device, made["install_requested"], "queued")
    return made


@pytest.mark.parametrize("status", LABELS)
def test_r3_the_list_is_filtered_by_each_of_the_nine_labels(office, status):
    made = everything(office)
    found = page(office, status=status).context["table"].page.object_list.data
    assert [application.pk for application in found] == [made[status].pk]


@pytest.mark.parametrize(("language", "column"), [("en", 0), ("nl", 1)])
def test_r3_the_nine_labels_stand_above_the_list_in_the_documents_order_each_with_its_count(office, language, column):
    everything(office)
    office.client.cookies["django_language"] = language
    with override(language):  # and back to what it was
        assert pills(page(office)) == [(status, both[column], "1") for status, both in LABELS.items()]


def test_r8_nothing_but_the_nine_labels_is_a_filter(office):
    install(office)
    ask(office, Action.UNINSTALL)
    assert line(office).startswith("Uninstall requested")
    answer = page(office, status="uninstalling")
    assert [status for status, _, _ in pills(answer)] == list(LABELS)
    assert answer.context["page"].status is None


@pytest.mark.parametrize("status", LABELS)
def test_r5_the_details_open_for_every_status(office, status):
    made = everything(office)
    answer = page(office, app=made[status].pk)
    assert re.search(rf'<h2 id="pane-title"><a [^>]*>{made[status].name}</a></h2>', answer.text)
    note = re.search(r'<section id="pane-note">.*?</section>', answer.text, re.DOTALL)
    assert note
    assert LABELS[status][0] in note[0]


def test_r7_r13_what_a_required_group_brings_is_required_in_its_own_row_with_its_schedule(office):
    """R5: the pane names the group, and when it will be installed."""
    deadline = datetime.now(UTC) + timedelta(days=3)
    bundle = make_group("Bundle", make_application("Runtime"), office.application)
    deploy(bundle, office.collection, "required", deadline=deadline)
    assert label(office) == "Required"
    [row] = rows_for(office.device, [office.application], office.user, datetime.now(UTC))
    assert row.status == "required", "Python and SQL agree"
    pane = page(office, app=office.application.pk).text
    assert re.search(r"<dt>Application group</dt>\s*<dd>Bundle", pane)
    assert re.search(r"<dt>Deadline</dt>", pane)
