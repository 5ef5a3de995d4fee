"""The door for clients: what it answers, and that bad input gets a sentence and changes nothing."""

from __future__ import annotations

import json
import logging
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from applications.models import Application, Deployment, Report, Request
from applications.requests.asking import ask
from applications.rules.words import Action
from applications.wording.sentences import outcome
from audit.models import AuditEntry
from devices.client_api.enrolment import digest, new_token
from devices.models import Device, EnrolmentToken
from tests import opened
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
)

pytestmark = pytest.mark.django_db
SECRET = "5" * 64
INVENTORY = {"platform": "linux", "os": "Debian 12", "client_version": "2111", "signed_in": ["j.visser"]}


@pytest.fixture
def device():
    return make_device("LT-AMS-0421", secret=SECRET)


@pytest.fixture
def call(client):
    """Speak as a client: `call("POST", "requests/…/result", {…})`."""

    def speak(method, path, body=None, secret=SECRET, **extra):
        data = body if isinstance(body, (str, bytes)) else json.dumps(body) if body is not None else ""
        return client.generic(
            method,
            f"/client/v1/{path}",
            data,
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"} if secret else {},
            **extra,
        )

    return speak


def refused(answer, status, code):
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert body["code"] == code
    assert body["detail"].endswith(".")
    return body["detail"]


def result(application, **about):
    step = {"application": application.pk, "ran": True, "exit_code": 0, "meaning": "success", "detected": "installed"}
    return {
        "outcome": "succeeded",
        "started_at": "2026-11-20T14:31:02Z",
        "finished_at": "2026-11-20T14:31:45Z",
        "steps": [step],
        **about,
    }


def enrolment(token, **about):
    return {"token": token, "secret_hash": digest(SECRET), "name": "LT-1", "inventory": INVENTORY, **about}


def test_a_device_enrols_with_a_token_and_a_lost_answer_is_repeated(call):
    """R24"""
    site = make_site()
    token = new_token(site, None, timezone.now())
    first = call("POST", "enrol", enrolment(token), secret="")
    assert first.status_code == 200
    assert call("POST", "enrol", enrolment(token), secret="").json() == first.json()
    device = Device.objects.get()
    assert (device.pk, device.name, device.site) == (first.json()["device"], "LT-1", site)
    assert device.secret_hash == digest(SECRET)
    assert [person.username for person in device.signed_in.all()] == ["j.visser"]
    assert not EnrolmentToken.objects.filter(token_hash=token).exists(), "only the hash is kept"


def test_an_enrolment_token_works_once_and_not_for_ever(call):
    """R24"""
    now = timezone.now()
    assert refused(call("POST", "enrol", enrolment("nonsense"), secret=""), 403, "token_unknown")
    used = new_token(make_site(), None, now)
    call("POST", "enrol", enrolment(used), secret="")
    other = enrolment(used, secret_hash=digest("another"))
    refused(call("POST", "enrol", other, secret=""), 409, "token_used")
    expired = new_token(make_site(), None, now - timedelta(hours=25))
    refused(call("POST", "enrol", enrolment(expired, secret_hash=digest("third")), secret=""), 410, "token_expired")
    assert Device.objects.count() == 1


def test_a_copied_state_folder_does_not_become_a_second_device(call, device):
    token = new_token(make_site(), None, timezone.now())
    refused(call("POST", "enrol", enrolment(token), secret=""), 409, "secret_used")
    assert EnrolmentToken.objects.get().used == 0


def test_a_name_that_another_client_has_gets_a_number(call, device):
    token = new_token(make_site(), None, timezone.now())
    body = enrolment(token, name="lt-ams-0421", secret_hash=digest("another"))
    assert call("POST", "enrol", body, secret="").json()["name"] == "lt-ams-0421-2", "VM and vm are one"


UNKNOWN = "9d3f7a48-ec31-42d5-8a51-0c5d3f1f7a10"  # a request that never was


@pytest.mark.parametrize("secret", ["", "wrong", "0" * 64, "\u00e9"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "requests"),
        ("PUT", "inventory"),
        ("GET", "policy"),
        ("POST", "evaluation"),
        ("POST", f"requests/{UNKNOWN}/acknowledge"),
        ("POST", f"requests/{UNKNOWN}/progress"),
        ("POST", f"requests/{UNKNOWN}/result"),
    ],
)
def test_without_the_right_secret_nothing_is_answered(call, device, method, path, secret):
    refused(call(method, path, {}, secret=secret), 401, "unauthorized")


def test_a_request_is_handed_out_acknowledged_and_finished(call, device):
    """R22"""
    application = make_application("GIMP")
    deploy(application, make_collection("Office", device), approval=True)
    request, _ = ask(make_user(superuser=True), device, application, Action.INSTALL, now=NOW)
    (sent,) = call("GET", "requests").json()["requests"]
    assert (sent["id"], sent["state"]) == (str(request.pk), "sent")
    told = opened.request(sent)
    assert (told["action"], told["steps"][0]["deployment_types"][0]["install"]) == ("install", "true")
    path = f"requests/{request.pk}"
    assert call("POST", f"{path}/acknowledge", {}).json() == {"state": "acknowledged"}
    assert call("POST", f"{path}/progress", {"phase": "installing", "percent": 64}).json() == {"state": "running"}
    (again,) = call("GET", "requests").json()["requests"]
    assert again["state"] == "running", "a client that lost its journal can settle it"
    for _ in range(2):
        assert call("POST", f"{path}/result", result(application)).json() == {"state": "succeeded"}
    assert call("GET", "requests").json() == {"requests": []}
    other = result(application, outcome="failed", reason="exit_code")
    refused(call("POST", f"{path}/result", other), 409, "request_finished")
    assert Report.objects.get().found == "installed"
    finished = AuditEntry.objects.get(verb="finished")
    assert (finished.actor, finished.address) == (device.name, "127.0.0.1"), "R20: from where"


def test_a_strangers_request_does_not_exist_for_a_client(call, device):
    request = make_request(make_device(), make_application(), "sent")
    for verb, body in (("acknowledge", {}), ("progress", {"phase": "installing"}), ("result", result(request.target))):
        refused(call("POST", f"requests/{request.pk}/{verb}", body), 404, "request_unknown")
    request.refresh_from_db()
    assert request.state == "sent"


def test_a_cancelled_request_is_not_run(call, device):
    """R17"""
    request = make_request(device, make_application(), "cancelled")
    sentence = refused(call("POST", f"requests/{request.pk}/acknowledge", {}), 409, "request_closed")
    assert "cancelled" in sentence


WHEN = "2026-11-20T14:31:02Z"
RESULT = {"outcome": "failed", "reason": "internal", "started_at": WHEN, "finished_at": WHEN}


def nested(depth):
    """A detail with so many others within it."""
    return {"code": "new", "facts": {"cause": nested(depth - 1)} if depth else {}}


NO_DETAILS = (
    "It was prose.",
    ["file_missing"],
    {"facts": {}},
    {"code": ""},
    {"code": "File missing"},
    {"code": "x" * 49},
    {"code": "file_missing\n"},
    {"code": "file_missing", "text": "x"},
    {"code": "file_missing", "facts": {"path": "x" * 501}},
    {"code": "file_missing", "facts": {"path": "x\x00"}},
    {"code": "file_missing", "facts": {"path": None}},
    {"code": "file_missing", "facts": {"path": True}},
    {"code": "file_missing", "facts": {"path": float("nan")}},
    {"code": "file_missing", "facts": {"path": float("inf")}},
    {"code": "file_missing", "facts": {"path": 2**63}},
    {"code": "file_missing", "facts": {"path": ["x"] * 21}},
    {"code": "file_missing", "facts": {"path": ["x" * 101]}},
    {"code": "file_missing", "facts": {"path": [1]}},
    {"code": "file_missing", "facts": {"a path": "x"}},
    {"code": "file_missing", "facts": {f"fact{letter}": "x" for letter in "abcdefghi"}},
    {"code": "file_missing", "facts": {"cause": {"why": "x"}}},
    nested(3),
)

BAD = [
    ("PUT", "inventory", {**INVENTORY, "unknown": 1}),
    ("PUT", "inventory", {**INVENTORY, "platform": "amiga"}),
    ("PUT", "inventory", {**INVENTORY, "memory_mb": -1}),
    ("PUT", "inventory", {**INVENTORY, "memory_mb": "much"}),
    ("PUT", "inventory", {**INVENTORY, "signed_in": "j.visser"}),
    ("PUT", "inventory", {**INVENTORY, "signed_in": ["x" * 151]}),
    ("PUT", "inventory", {**INVENTORY, "os": "x\x00y"}),
    ("PUT", "inventory", {**INVENTORY, "client_version": "21.11"}),
    ("PUT", "inventory", []),
    ("PUT", "inventory", "{not json"),
    ("PUT", "inventory", b"\xff\xfe"),
    ("POST", "evaluation", {"results": [{"application": 1, "detected": "maybe"}]}),
    ("POST", "evaluation", {"results": [{"application": 10**30, "detected": "installed"}]}),
    ("POST", "evaluation", {"results": [{"application": -1, "detected": "installed"}]}),
    ("POST", "requests/{id}/acknowledge", {"force": True}),
    ("POST", "requests/{id}/progress", {"phase": "dancing"}),
    ("POST", "requests/{id}/progress", {"phase": "installing", "percent": 101}),
    ("POST", "requests/{id}/progress", {"phase": "installing", "text": "x" * 201}),
    *(("POST", "requests/{id}/progress", {"phase": "waiting_retry", "detail": detail}) for detail in NO_DETAILS),
    *(("POST", "requests/{id}/result", {**RESULT, "steps": [{"application": 1, "detail": d}]}) for d in NO_DETAILS),
    ("POST", "evaluation", {"results": [{"application": 1, "detected": "unknown", "requirement": "prose"}]}),
    ("POST", "requests/{id}/result", {"outcome": "succeeded"}),
    ("POST", "requests/{id}/result", {"outcome": "perhaps", "steps": []}),
]


@pytest.mark.parametrize(("method", "path", "body"), BAD)
def test_a_body_that_does_not_fit_gets_a_sentence_and_changes_nothing(call, device, method, path, body):
    application = make_application()
    request = make_request(device, application, "acknowledged")
    before = list(Request.objects.values()), list(Report.objects.values()), device.os
    answer = call(method, path.replace("{id}", str(request.pk)), body)
    assert answer.status_code in (400, 422), answer.content
    assert answer.json()["detail"]
    device.refresh_from_db()
    assert (list(Request.objects.values()), list(Report.objects.values()), device.os) == before


def test_ten_megabytes_are_refused(call, device):
    refused(call("PUT", "inventory", b'{"os": "' + b"x" * 10_000_000 + b'"}'), 413, "too_large")


def test_a_result_with_another_application_in_it_is_refused(call, device):
    request = make_request(device, make_application(), "acknowledged")
    refused(call("POST", f"requests/{request.pk}/result", result(make_application())), 422, "application_unknown")
    request.refresh_from_db()
    assert request.state == "acknowledged"


@pytest.mark.parametrize(
    "path", ["requests/1/acknowledge", "requests/%00/result", "nothing", "requests/x/../../policy"]
)
def test_an_address_that_does_not_exist_is_404_with_a_sentence(call, device, path):
    answer = call("POST", path, {})
    assert answer.status_code in (404, 405)
    refused(answer, answer.status_code, "not_found" if answer.status_code == 404 else "method_not_allowed")


@pytest.mark.parametrize(
    ("method", "path", "body", "extra", "status", "code"),
    [
        ("GET", "enrol", None, {}, 405, "method_not_allowed"),
        ("DELETE", "policy", None, {}, 405, "method_not_allowed"),
        ("POST", "evaluation", "{", {}, 400, "invalid"),
        ("POST", "evaluation", b"\xff\xfe", {}, 400, "invalid"),
        ("GET", "policy", None, {"HTTP_HOST": "evil.example:99999"}, 400, "bad_request"),
        ("GET", "", None, {}, 404, "not_found"),
        ("POST", "x" * 3000, {}, {}, 404, "not_found"),
        ("GET", "policy", None, {"secret": ""}, 401, "unauthorized"),
        ("GET", "requests", None, {"secret": "é"}, 401, "unauthorized"),
        ("POST", "evaluation", "[" * 100_000, {}, 400, "invalid"),
        ("POST", "evaluation", " " * 1_100_000, {}, 413, "too_large"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_every_refusal_has_a_code(call, device, settings, method, path, body, extra, status, code):
    settings.ALLOWED_HOSTS = ["testserver"]
    refused(call(method, path, body, **extra), status, code)


def test_what_is_secret_is_neither_logged_nor_repeated(call, device, caplog):
    caplog.set_level(logging.DEBUG)
    token = new_token(make_site(), None, timezone.now())
    answers = [
        call("POST", "enrol", enrolment(token, unknown=1), secret=""),
        call("POST", "enrol", {"token": [token]}, secret=""),
        call("PUT", "inventory", {"os": SECRET}),
        call("GET", "requests", secret="wrong-secret"),
    ]
    said = caplog.text + "".join(answer.content.decode() for answer in answers)
    for secret in (token, SECRET, "wrong-secret"):
        assert secret not in said


def test_r16_policy_leaves_out_what_requires_approval_until_it_is_asked(call, device):
    office = make_collection("Office", device)
    available, approval, required = make_application("A"), make_application("B"), make_application("C")
    deploy(available, office)
    deploy(approval, office, approval=True)
    deadline = NOW + timedelta(days=1)
    deploy(required, office, "required", deadline=deadline)

    def names():
        return {
            each["application"]["name"]: each for each in opened.policy(call("GET", "policy").json())["applications"]
        }

    assert set(names()) == {"A", "C"}
    assert names()["C"]["purpose"] == "required"
    assert names()["C"]["deadline"] == deadline.isoformat()
    device.refresh_from_db()
    small = device.policy_bytes
    ask(make_user(superuser=True), device, approval, Action.INSTALL, now=timezone.now())
    assert set(names()) == {"A", "B", "C"}
    device.refresh_from_db()
    assert device.policy_bytes > small


def test_policy_is_sent_once_and_not_again_while_nothing_changed(call, device):
    deploy(make_application(), make_collection("Office", device))
    first = call("GET", "policy")
    etag = first.headers["ETag"]
    assert call("GET", "policy", HTTP_IF_NONE_MATCH=etag).status_code == 304
    deploy(make_application(), Deployment.objects.get().collection)
    assert call("GET", "policy", HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_r9_a_removal_outside_koppel_shows_after_one_evaluation(call, device):
    application = make_application()
    deploy(application, device)
    finding = {"application": application.pk, "detected": "installed", "version": "1.0"}
    assert call("POST", "evaluation", {"results": [finding]}).status_code == 200
    assert Report.objects.get().found == "installed"
    call("POST", "evaluation", {"results": [{**finding, "detected": "not_installed", "version": ""}]})
    report = Report.objects.get()
    assert (report.found, report.reason, report.ever_installed) == ("not_installed", "removed_outside", True)


def test_r9_what_is_found_after_a_failed_installation_came_by_it(call, device):
    """Also where only an administrator's request had brought it, so no policy speaks of it."""
    application = make_application()
    make_report(device, application, "failed", reason="not_detected")
    call("POST", "evaluation", {"results": [{"application": application.pk, "detected": "installed"}]})
    report = Report.objects.get()
    assert (report.found, report.reason, report.by_koppel) == ("installed", "found_late", True)


def test_r9_a_failing_exit_code_is_a_detail_of_what_detection_finds(call, device):
    device.platform = "linux"
    device.save()
    application = make_application()
    request = make_request(device, application, "running")
    step = {"application": application.pk, "ran": True, "reason": "despite_exit_code", "exit_code": -9}
    step |= {"meaning": "failure", "detected_before": "not_installed", "detected": "installed"}
    body = {"outcome": "succeeded", "reason": "despite_exit_code", "steps": [step]}
    body |= {"started_at": NOW.isoformat(), "finished_at": NOW.isoformat()}
    assert call("POST", f"requests/{request.pk}/result", body).json() == {"state": "succeeded"}
    report = Report.objects.get()
    assert (report.found, report.by_koppel) == ("installed", True)
    said = "Exit code -9 (SIGKILL), and detection finds that it is done all the same"
    assert outcome(report.reason, report.facts) == said


def test_an_application_that_was_deleted_here_does_not_spoil_an_evaluation(call, device):
    application = make_application()
    deploy(application, device)
    findings = [{"application": pk, "detected": "installed"} for pk in (application.pk, application.pk + 1)]
    assert call("POST", "evaluation", {"results": findings}).status_code == 200
    assert Report.objects.get().application == application


def test_an_evaluation_does_not_touch_what_is_being_installed(call, device):
    application = make_application()
    make_request(device, application, "running")
    finding = {"application": application.pk, "detected": "installed"}
    call("POST", "evaluation", {"results": [finding]})
    assert not Report.objects.exists()


def test_somebody_who_signs_in_becomes_known_and_who_leaves_is_gone(call, device):
    make_person("j.visser")
    call("PUT", "inventory", {**INVENTORY, "signed_in": ["j.visser", "e.jansen"]})
    assert {person.username for person in device.signed_in.all()} == {"j.visser", "e.jansen"}
    call("PUT", "inventory", {**INVENTORY, "signed_in": []})
    assert not device.signed_in.exists()


def test_a_device_follows_its_host_to_a_new_name(call, device):
    """As long as it is called as its host was; a name that another device has gets a number."""
    make_device("desk-9")
    for host, name in (
        ("lt-ams-0421", "LT-AMS-0421"),
        ("Desk-7", "Desk-7"),
        ("DESK-9", "DESK-9-2"),
        ("desk-1", "DESK-9-2"),
    ):
        assert call("PUT", "inventory", {**INVENTORY, "host_name": host}).status_code == 200
        device.refresh_from_db()
        assert (device.name, device.host_name) == (name, host)
    entry = AuditEntry.objects.filter(verb="changed").earliest("pk")
    assert entry.facts["changes"] == {"name": {"old": "LT-AMS-0421", "new": "Desk-7"}}
    call("PUT", "inventory", INVENTORY)  # an older client says nothing of its host
    device.refresh_from_db()
    assert device.host_name == "desk-1"


def test_a_client_that_speaks_is_online(call, device):
    """R23"""
    Device.objects.update(online=False, last_contact=None)
    call("GET", "requests")
    device.refresh_from_db()
    assert device.online
    assert device.last_contact
    assert Application.objects.count() == 0


def test_r27_a_client_says_that_it_installs_what_is_required_and_due(call, device):
    application = make_application()
    deploy(application, make_collection("Office", device), "required")
    body = {"id": str(uuid.uuid4()), "application": application.pk}
    for _ in range(2):
        assert call("POST", "requests", body).json() == {"state": "acknowledged"}
    request = Request.objects.get()
    assert (str(request.pk), request.requester, request.action) == (body["id"], "", "install")
    assert call("POST", f"requests/{request.pk}/result", result(application)).json() == {"state": "succeeded"}
    refused(call("POST", "requests", body), 409, "request_finished")


def test_r27_a_member_of_a_required_group_is_required_too(call, device):
    member = make_application()
    deploy(make_group("Tools", member), make_collection("Office", device), "required")
    body = {"id": str(uuid.uuid4()), "application": member.pk}
    assert call("POST", "requests", body).json() == {"state": "acknowledged"}


def test_r27_a_client_that_asks_without_end_is_told_to_stop(call, device):
    application = make_application()
    deploy(application, device, "required")
    now = timezone.now()
    Request.objects.bulk_create(
        Request(
            device=device,
            application=application,
            target=application,
            action="install",
            state="failed",
            created_at=now,
            finished_at=now,
            expires_at=now,
        )
        for _ in range(500)
    )
    refused(call("POST", "requests", {"id": str(uuid.uuid4()), "application": application.pk}), 409, "too_many")


def test_r27_what_is_not_required_or_already_asked_is_not_installed_by_itself(call, device):
    application = make_application()
    collection = make_collection("Office", device)
    deploy(application, collection)
    body = {"id": str(uuid.uuid4()), "application": application.pk}
    refused(call("POST", "requests", body), 409, "not_required")
    Deployment.objects.update(purpose="required")
    make_request(device, application)
    refused(call("POST", "requests", body), 409, "request_open")
    refused(call("POST", "requests", {**body, "application": 10**6}), 409, "not_required")
    other = make_request(make_device(), application)
    refused(call("POST", "requests", {**body, "id": str(other.pk)}), 404, "request_unknown")
