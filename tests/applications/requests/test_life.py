"""The life of a request: asked, claimed, acknowledged, finished; cancelled, expired, withdrawn (R17, R21, R22)."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError

from applications.models import Report, Request
from applications.requests import asking, results, transitions
from applications.requests.asking import ActionRefused, cancel
from applications.requests.claiming import claim, expire, requeue_unanswered
from applications.requests.from_clients import acknowledge, progress
from applications.requests.schemas import ResultIn, StepIn
from applications.rules.reasons import Reason
from applications.rules.words import Action
from applications.status.rows import rows_for
from audit.models import AuditEntry
from devices.models import Device
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
    make_request,
    make_user,
    sign_in,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def office():
    """A device in a collection, an approver of it, and an application that is available there."""
    device = make_device()
    collection = make_collection("Office", device)
    application = make_application("GIMP")
    deploy(application, collection)
    return SimpleNamespace(
        device=device, collection=collection, application=application, user=make_approver(collection)
    )


def ask(office, action=Action.INSTALL, **about):
    about = {"user": office.user, "application": office.application, "now": NOW, **about}
    return asking.ask(about.pop("user"), office.device, about.pop("application"), action, **about)


def step(application, **about):
    facts = {"ran": True, "exit_code": 0, "meaning": "success", "detected": "installed", "version": "1.0"}
    return StepIn(application=application.pk, **{**facts, **about})


def result(*steps, outcome="succeeded", **about):
    return ResultIn(outcome=outcome, started_at=NOW, finished_at=LATER, steps=list(steps), **about)


def run_through(office, request, *steps, now=LATER, **about):
    """Claim, acknowledge and finish."""
    assert claim([office.device.pk], now)
    acknowledge(office.device, request.pk, now)
    return results.finish(office.device, request.pk, result(*(steps or [step(office.application)]), **about), now)


def status_of(office):
    return rows_for(office.device, [office.application], None, LATER)[0].status


def test_r17_a_second_click_or_a_second_administrator_gets_the_same_request(office):
    first, made = ask(office)
    assert made
    again, made_again = ask(office, user=make_approver(office.collection))
    assert (again, made_again) == (first, False)
    assert Request.objects.count() == 1


def test_r17_the_database_refuses_a_second_open_request():
    device, application = make_device(), make_application()
    make_request(device, application)
    with pytest.raises(IntegrityError):
        make_request(device, application, "running")


def test_r17_another_action_is_refused_while_one_is_open(office):
    ask(office)
    with pytest.raises(ActionRefused) as refused:
        ask(office, Action.REEVALUATE)
    assert refused.value.verdict.reason == Reason.REQUEST_OPEN


def test_r20_asking_and_being_refused_are_in_the_audit_log(office):
    ask(office, address="192.0.2.14")
    with pytest.raises(ActionRefused):
        ask(office, Action.REPAIR)
    asked, refused = AuditEntry.objects.order_by("pk")
    assert (asked.verb, asked.actor, asked.address) == ("asked", office.user.username, "192.0.2.14")
    assert (refused.verb, refused.object_id) == ("refused", "")
    facts = {"application": "GIMP 1.0", "device": office.device.name}
    assert asked.facts == {"action": "install", **facts, "comment": ""}
    assert refused.facts == {"action": "repair", **facts, "reason": "request_open"}


def test_r20_a_request_leaves_every_step_in_the_audit_log(office):
    first, _ = ask(office, address="192.0.2.14")
    cancel(office.user, first, now=LATER, address="192.0.2.15")
    second, _ = ask(office, address="192.0.2.14")
    run_through(office, second)
    about = f"GIMP 1.0, {office.device.name}"
    who = office.user.username
    entries = AuditEntry.objects.filter(kind="request", facts__action="install").order_by("pk")
    assert list(entries.values_list("verb", "actor", "name", "object_id", "address")) == [
        ("asked", who, about, str(first.pk), "192.0.2.14"),
        ("cancelled", who, about, str(first.pk), "192.0.2.15"),
        ("asked", who, about, str(second.pk), "192.0.2.14"),
        ("delivered", "Koppel", about, str(second.pk), None),
        ("finished", office.device.name, about, str(second.pk), None),
    ]
    assert all(AuditEntry.objects.values_list("at", flat=True))


def test_r21_a_request_is_claimed_once(office):
    request, _ = ask(office)
    assert claim([office.device.pk], LATER) == [request]
    assert claim([office.device.pk], LATER) == []
    request.refresh_from_db()
    assert (request.state, request.deliveries, request.sent_at) == ("sent", 1, LATER)


def test_r21_what_is_not_acknowledged_in_time_is_queued_again(office, settings):
    request, _ = ask(office)
    claim([office.device.pk], NOW)
    assert requeue_unanswered(NOW + timedelta(seconds=settings.KOPPEL_ACK_SECONDS - 1)) == 0
    assert requeue_unanswered(LATER) == 1
    assert claim([office.device.pk], LATER) == [request]


def test_r22_acknowledging_twice_is_the_same_as_once(office):
    request, _ = ask(office)
    claim([office.device.pk], LATER)
    for _ in range(2):
        assert acknowledge(office.device, request.pk, LATER) == "acknowledged"
    assert [event.state for event in request.events.all()] == ["queued", "sent", "acknowledged"]


def test_r22_the_same_result_twice_changes_nothing_and_another_is_refused(office):
    request, _ = ask(office)
    assert run_through(office, request) == "succeeded"
    assert results.finish(office.device, request.pk, result(step(office.application)), LATER) == "succeeded"
    with pytest.raises(transitions.Closed):
        results.finish(office.device, request.pk, result(step(office.application), reason="exit_code"), LATER)
    assert request.steps.count() == 1
    assert Report.objects.count() == 1


def test_a_result_without_an_acknowledgement_is_refused(office):
    request, _ = ask(office)
    with pytest.raises(transitions.Closed):
        results.finish(office.device, request.pk, result(step(office.application)), LATER)
    assert not Report.objects.exists()


def test_a_result_about_another_application_changes_nothing(office):
    request, _ = ask(office)
    claim([office.device.pk], LATER)
    acknowledge(office.device, request.pk, LATER)
    with pytest.raises(results.Foreign):
        results.finish(office.device, request.pk, result(step(make_application())), LATER)
    request.refresh_from_db()
    assert request.state == "acknowledged"


def test_another_device_cannot_touch_a_request(office):
    request, _ = ask(office)
    stranger = make_device()
    for attempt in (
        lambda: acknowledge(stranger, request.pk, LATER),
        lambda: progress(stranger, request.pk, LATER, phase="installing", percent=1, text=""),
        lambda: results.finish(stranger, request.pk, result(), LATER),
    ):
        with pytest.raises(transitions.Unknown):
            attempt()
    request.refresh_from_db()
    assert request.state == "queued"


def test_r9_installed_comes_only_from_detection(office):
    request, _ = ask(office)
    missing = step(office.application, reason="not_detected", detected="not_installed", version="")
    assert run_through(office, request, missing, outcome="failed", reason="not_detected") == "failed"
    assert status_of(office) == "failed"
    report = Report.objects.get()
    assert (report.found, report.reason, report.ever_installed) == ("failed", "not_detected", False)


def test_r7_progress_makes_a_request_running_and_the_application_installing(office):
    request, _ = ask(office)
    claim([office.device.pk], LATER)
    assert status_of(office) == "install_requested"
    acknowledge(office.device, request.pk, LATER)
    for percent in (5, 64):
        progress(office.device, request.pk, LATER, phase="installing", percent=percent, text="Copying")
    assert status_of(office) == "installing"
    request.refresh_from_db()
    assert (request.state, request.percent, request.progress_text) == ("running", 64, "Copying")
    assert [event.state for event in request.events.all()] == ["queued", "sent", "acknowledged", "running"]


def test_r17_a_request_can_be_cancelled_until_the_client_confirmed_it(office):
    request, _ = ask(office)
    claim([office.device.pk], LATER)
    assert cancel(office.user, request, now=LATER)
    with pytest.raises(transitions.Closed):
        acknowledge(office.device, request.pk, LATER)
    assert status_of(office) == "available"


def test_r17_a_confirmed_request_cannot_be_cancelled(office):
    request, _ = ask(office)
    claim([office.device.pk], LATER)
    acknowledge(office.device, request.pk, LATER)
    assert not cancel(office.user, request, now=LATER)


def test_r17_a_request_expires(office, settings):
    request, _ = ask(office)
    assert settings.KOPPEL_REQUEST_LIFETIME_DAYS == 30
    assert request.expires_at == NOW + timedelta(days=30)
    assert expire(request.expires_at - timedelta(seconds=1)) == 0
    assert expire(request.expires_at) == 1
    request.refresh_from_db()
    assert (request.state, request.reason) == ("expired", "expired")


def test_r22_a_request_whose_client_never_answers_again_does_not_stay_open_for_ever(office):
    request, _ = ask(office)
    claim([office.device.pk], LATER)
    acknowledge(office.device, request.pk, LATER)
    expire(request.expires_at)
    request.refresh_from_db()
    assert (request.state, request.reason) == ("failed", "no_result")


def withdrawn(office, request):
    assert claim([office.device.pk], LATER) == []
    request.refresh_from_db()
    assert request.state == "withdrawn"
    assert AuditEntry.objects.filter(verb="withdrawn").count() == 1
    return request.reason


def test_r17_a_request_is_withdrawn_when_its_deployment_is_gone(office):
    request, _ = ask(office)
    office.application.deployments.all().delete()
    assert withdrawn(office, request) == "no_deployment"


def test_r17_a_request_is_withdrawn_when_the_device_left_the_collection(office):
    request, _ = ask(office)
    # it stays in sight of the requester through another collection
    make_collection("Elsewhere", office.device, limiting=office.collection)
    office.collection.device_members.all().delete()
    assert withdrawn(office, request) == "no_deployment"


def test_r17_a_request_is_withdrawn_when_its_requester_lost_the_right(office):
    request, _ = ask(office)
    office.user.groups.clear()
    assert withdrawn(office, request) == "rights_lost"


def test_r17_a_request_is_withdrawn_when_its_requester_is_gone(office):
    request, _ = ask(office)
    office.user.delete()
    assert withdrawn(office, request) == "rights_lost"


def test_r17_an_uninstall_is_withdrawn_when_a_required_deployment_came(office):
    make_report(office.device, office.application)
    request, _ = ask(office, Action.UNINSTALL)
    deploy(office.application, office.device, "required")
    assert withdrawn(office, request) == "required_deployment"


def test_r15_asking_for_a_superseded_application_installs_the_superseding_one(office):
    newer = make_application("GIMP", version="3.2")
    office.application.superseded_by = newer
    office.application.save()
    request, _ = ask(office)
    assert (request.application, request.target) == (office.application, newer)
    run_through(office, request, step(newer))
    assert Report.objects.get().application == newer


def test_r15_asking_for_both_is_one_request(office):
    newer = make_application("GIMP", version="3.2")
    deploy(newer, office.collection)
    office.application.superseded_by = newer
    office.application.save()
    first, _ = ask(office)
    assert ask(office, application=newer) == (first, False)


@pytest.fixture
def for_person(office):
    """The application is available to a person, primary user of the device and not signed in."""
    office.person = make_person("j.visser")
    office.device.primary_user = office.person
    office.device.save()
    office.application.deployments.all().delete()
    persons = make_collection("Developers", office.person)
    deploy(office.application, persons)
    office.user = make_approver(office.collection, persons)
    return office


def test_a_request_for_a_person_waits_for_their_sign_in(for_person):
    """R25"""
    request, _ = ask(for_person)
    assert request.person == for_person.person
    assert claim([for_person.device.pk], LATER) == []
    request.refresh_from_db()
    assert (request.state, request.waits_for) == ("queued", "sign_in")
    before = Device.objects.values_list("revision", flat=True).get(pk=for_person.device.pk)
    claim([for_person.device.pk], LATER)
    assert Device.objects.values_list("revision", flat=True).get(pk=for_person.device.pk) == before, "nothing changed"
    sign_in(for_person.device, for_person.person)
    assert claim([for_person.device.pk], LATER) == [request]


def test_r14_a_request_for_a_person_waits_while_others_are_signed_in_too(for_person):
    request, _ = ask(for_person)
    sign_in(for_person.device, for_person.person, make_person())
    assert claim([for_person.device.pk], LATER) == []
    request.refresh_from_db()
    assert (request.state, request.waits_for) == ("queued", "one_session")


def test_r18_an_application_for_a_person_needs_read_on_the_collection_of_persons(for_person):
    with pytest.raises(ActionRefused) as refused:
        ask(for_person, user=make_approver(for_person.collection))
    assert refused.value.verdict.reason == Reason.NO_DEPLOYMENT


def test_r13_the_result_of_a_group_is_written_down_per_member(office):
    first, second = make_application("One"), make_application("Two")
    group = make_group("Tools", first, second)
    deploy(group, office.collection)
    request, _ = ask(office, application=group)
    bad = step(second, reason="exit_code", exit_code=1603, meaning="failure", detected="not_installed")
    assert run_through(office, request, step(first), bad, outcome="failed", reason="exit_code") == "failed"
    request.refresh_from_db()
    assert request.facts == {"exit_code": 1603, "platform": "linux", "meaning": "fatal error during installation"}
    (row,) = rows_for(office.device, [group], None, LATER)
    assert [member.status for member in row.members] == ["installed", "failed"]
    assert row.status == "failed"


def test_a_restart_asked_by_the_return_code_shows_as_restart_pending(office):
    request, _ = ask(office)
    done = step(office.application, exit_code=3010, meaning="restart")
    run_through(office, request, done, restart_pending=True)
    assert status_of(office) == "restart_pending"
    office.device.refresh_from_db()
    assert office.device.restart_pending_since == LATER


@pytest.mark.parametrize("number", [2, 40])
def test_claiming_takes_the_same_number_of_queries_for_many_devices(number, django_assert_max_num_queries):
    collection, application = make_collection("All"), make_application()
    deploy(application, collection, approval=True)
    user = make_user(superuser=True)
    devices = [make_device(collections=[collection]) for _ in range(number)]
    for device in devices:
        make_request(device, application, requested_by=user, requester=user.username)
    with django_assert_max_num_queries(27):
        assert len(claim([device.pk for device in devices], LATER)) == number
