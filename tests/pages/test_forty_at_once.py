"""Forty at the same moment, through the real pages and the door for clients: one winner, the others are told so
(R17, R22)."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Report, Request
from applications.requests.claiming import claim
from audit.models import AuditEntry
from devices.client_api.enrolment import digest, new_token
from devices.models import Device, EnrolmentToken
from tests.at_once import at_once
from tests.make import deploy, make_application, make_collection, make_device, make_site, make_user

pytestmark = pytest.mark.django_db(transaction=True)
FORTY = 40
SECRET = "5" * 64
INVENTORY = {"platform": "linux", "os": "Debian 12", "client_version": "2111", "signed_in": ["j.visser"]}


@pytest.fixture
def admin():
    client = Client()
    client.force_login(make_user("admin", superuser=True))
    return client


def answers_of(*calls):
    """None of them is a fault of the console."""
    answers = at_once(*calls)
    assert all(answer.status_code < 500 for answer in answers), {answer.status_code for answer in answers}
    return answers


def browser(admin, method, address, data=None):
    """One of the administrator's forty windows."""
    client = Client(raise_request_exception=False)
    client.cookies.load(admin.cookies.output(header="", sep=";"))
    return lambda: getattr(client, method)(address, data or {})


def device_says(method, path, body, secret=SECRET):
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    about = {"content_type": "application/json", "headers": headers}
    return lambda: client.generic(method, f"/client/v1/{path}", json.dumps(body), **about)


def codes(answers):
    return sorted({answer.json().get("code", "") for answer in answers})


@pytest.fixture
def world():
    device = make_device("LT-1", secret=SECRET)
    collection = make_collection("Laptops", device)
    application = make_application("GIMP")
    return device, collection, application, deploy(application, collection)


def click(admin, device, application):
    address = reverse("applications:act", args=[device.pk])
    return browser(admin, "post", address, {"command": "install", "id": application.pk, "confirmed": 1})


def test_forty_clicks_on_the_same_row_are_one_request(admin, world):
    device, _, application, _ = world
    answers = answers_of(*(click(admin, device, application) for _ in range(FORTY)))
    assert {answer.status_code for answer in answers} == {302}
    assert Request.objects.count() == 1
    assert AuditEntry.objects.filter(verb="asked").count() == 1


def test_forty_who_enrol_with_one_token_are_one_device():
    token = new_token(make_site(), None, timezone.now())
    body = {"token": token, "name": "LT-9", "inventory": INVENTORY}
    calls = [device_says("POST", "enrol", {**body, "secret_hash": digest(str(n))}, "") for n in range(FORTY)]
    answers = answers_of(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (FORTY - 1)
    assert codes(answers) == ["", "token_used"]
    assert Device.objects.count() == EnrolmentToken.objects.get().used == 1


def test_twenty_who_cancel_and_twenty_that_acknowledge_agree(admin, world):
    device, _, application, _ = world
    click(admin, device, application)()
    claim([device.pk], timezone.now())
    request = Request.objects.get()
    cancel = reverse("applications:cancel", args=[request.pk])
    windows = [browser(admin, "post", cancel) for _ in range(FORTY // 2)]
    clients = [device_says("POST", f"requests/{request.pk}/acknowledge", {}) for _ in range(FORTY // 2)]
    answers = answers_of(*windows, *clients)[FORTY // 2 :]
    request.refresh_from_db()
    if request.state == "acknowledged":
        assert {answer.status_code for answer in answers} == {200}
    else:
        assert (request.state, codes(answers)) == ("cancelled", ["request_closed"])
    assert request.events.exclude(state__in=("queued", "sent")).count() == 1


@pytest.mark.parametrize("gone", ["device", "application", "deployment", "collection"])
def test_what_a_request_is_about_is_deleted_while_it_runs(admin, world, gone):
    device, _, application, deployment = world
    click(admin, device, application)()
    claim([device.pk], timezone.now())
    request, kiosks, spare = Request.objects.get(), make_collection("Kiosks", device), make_application("Spare")
    Report.objects.create(device=device, application=spare, found="installed", facts={}, reported_at=timezone.now())
    about, address = {
        "device": (device, "devices:delete"),
        "application": (spare, "applications:delete"),
        "deployment": (deployment, "applications:deployment_delete"),
        "collection": (kiosks, "devices:collection_delete"),
    }[gone]
    delete = reverse(address, args=[about.pk])
    token = new_token(device.site, None, timezone.now(), collection=kiosks, limit=FORTY)
    step = {"application": application.pk, "ran": True, "exit_code": 0, "meaning": "success", "detected": "installed"}
    moments = {"started_at": "2026-11-20T14:31:02Z", "finished_at": "2026-11-20T14:31:45Z"}
    messages = {
        "acknowledge": {},
        "progress": {"phase": "installing", "percent": 5, "text": "", "detail": None},
        "result": {"outcome": "succeeded", "steps": [step], **moments},
    }
    finding = {"application": spare.pk, "deployment_type": None, "detected": "not_installed", "version": ""}
    calls = []
    for n in range(FORTY // 10):
        enrolling = {"token": token, "name": "LT-9", "inventory": INVENTORY, "secret_hash": digest(f"{n}")}
        calls += [
            browser(admin, "post", delete),
            browser(admin, "post", delete),
            click(admin, device, application),
            browser(admin, "get", reverse("applications:live", args=[device.pk])),
            *(device_says("POST", f"requests/{request.pk}/{name}", body) for name, body in messages.items()),
            device_says("PUT", "inventory", INVENTORY),
            device_says("POST", "evaluation", {"policy_revision": "1", "results": [finding]}),
            device_says("POST", "enrol", enrolling, ""),
        ]
    answers_of(*calls)
    deleted = AuditEntry.objects.filter(verb="deleted", kind=gone)
    assert deleted.count() == (0 if type(about).objects.filter(pk=about.pk).exists() else 1)
