"""Retry what failed: the plan says what will be and what not, and asks for exactly what it showed (R11, R19)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from applications.models import Request
from tests.make import NOW, deploy, make_application, make_approver, make_collection, make_device, make_reader
from tests.make import make_request as request_for

pytestmark = pytest.mark.django_db
URL = reverse("applications:requests_retry")


@pytest.fixture
def office():
    """Four devices; on three of them GIMP has failed, on one of these it is not deployed any more."""
    devices = [make_device(f"LT-{number}", online=number != 2) for number in range(1, 5)]
    gimp = make_application("GIMP")
    collection = make_collection("Office", *devices)
    deploy(gimp, make_collection("Deployed to", *devices[:2], devices[3]), approval=True)
    for device in devices[:3]:
        request_for(device, gimp, "failed", reason="exit_code", facts={"exit_code": 67}, finished_at=NOW)
    return devices, gimp, collection


@pytest.fixture
def approver(client, office):
    user = make_approver(office[2])
    client.force_login(user)
    return client


def test_the_plan_says_how_many_and_why_not(approver):
    page = approver.get(URL)
    plan = page.context["plan"]
    assert [request.device.name for request in plan.possible] == ["LT-1", "LT-2"]
    assert plan.waiting == 1
    assert page.context["reasons"] == [("no deployment of it reaches this device any more", 1)]
    assert "Ask for 2 again" in page.text
    assert Request.objects.count() == 3, "nothing is asked yet"


def test_confirmed_each_becomes_a_request_of_its_own_and_twice_is_once(approver, django_assert_max_num_queries):
    ids = [request.pk.hex for request in approver.get(URL).context["plan"].possible]
    with django_assert_max_num_queries(60):
        answer = approver.post(URL, {"id": ids, "comment": "Disk is clean now"})
    assert answer.url == reverse("applications:requests") + "?state=open"
    made = Request.objects.filter(comment="Disk is clean now")
    assert sorted(made.values_list("device__name", "state", "action")) == [
        ("LT-1", "queued", "install"),
        ("LT-2", "queued", "install"),
    ]
    approver.post(URL, {"id": ids})
    assert Request.objects.count() == 5
    assert approver.get(URL).status_code == 200, "what is not possible is still said"


def test_a_view_is_kept_and_what_was_asked_since_is_left_out(approver, office):
    devices, gimp, _ = office
    assert [each.device.name for each in approver.get(f"{URL}?q=LT-2").context["plan"].possible] == ["LT-2"]
    request_for(devices[0], gimp, "succeeded", created_at=NOW + timedelta(minutes=1))
    assert [each.device.name for each in approver.get(URL).context["plan"].possible] == ["LT-2"]
    assert approver.get(f"{URL}?q=nothing").url == reverse("applications:requests") + "?q=nothing"


def test_what_may_not_be_asked_for_by_a_click_is_not_asked_for_here(client, office):
    """R18: neither by the numbers of requests out of sight."""
    ids = [pk.hex for pk in Request.objects.values_list("pk", flat=True)]
    client.force_login(make_reader(office[2]))
    assert client.post(URL, {"id": ids}).status_code == 403
    own = make_device("LT-OWN")
    stranger = make_approver(make_collection("Own", own))
    client.force_login(stranger)
    assert client.get(URL).status_code == 302
    client.post(URL, {"id": ids})
    assert Request.objects.count() == 3


@pytest.mark.parametrize("ids", [["nonsense"], ["0" * 32] * 501], ids=["nonsense", "too many"])
def test_what_is_no_list_of_requests_is_a_sentence(approver, ids):
    assert approver.post(URL, {"id": ids}).status_code == 400


def test_the_button_is_there_for_who_may_when_something_failed(approver, client, office):
    assert URL in approver.get(reverse("applications:requests")).text
    client.force_login(make_reader(office[2]))
    assert URL not in client.get(reverse("applications:requests")).text
