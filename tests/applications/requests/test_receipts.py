"""What a busy client says that it has waits there: it is not sent again, and can be cancelled (R3, R17, R22)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from applications.models import RequestEvent
from applications.requests.asking import cancel
from applications.requests.claiming import claim, requeue_unanswered
from applications.wording.sentences import about, outcome
from devices.models import Device, Stream
from tests.make import deploy, make_application, make_collection, make_device, make_request, make_user

pytestmark = pytest.mark.django_db
LATER = timezone.now() + timedelta(hours=1)


@pytest.fixture
def device():
    now = timezone.now()
    return make_device("LT-1", secret="secret", stream=Stream.objects.create(started_at=now, last_seen=now).pk)


@pytest.fixture
def running(device):
    return make_request(device, make_application("GIMP", version="3.0"), "running")


@pytest.fixture
def sent(device):
    return [make_request(device, make_application(), "sent", sent_at=timezone.now(), deliveries=1) for _ in range(3)]


def receipt(client, requests, behind=None):
    body = {"requests": [str(each.pk) for each in requests], "behind": str(behind.pk) if behind else None}
    headers = {"Authorization": "Bearer secret"}
    answer = client.post("/client/v1/requests/received", body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {})
    for each in requests:
        each.refresh_from_db()


def test_it_says_what_it_waits_behind_and_is_not_sent_again_while_the_client_is_connected(
    client, device, running, sent
):
    for _ in range(2):
        receipt(client, sent, running)
    assert {about(each) for each in sent} == {"Received; waits behind GIMP 3.0"}
    assert RequestEvent.objects.filter(code="received").count() == 3, "the same again says nothing new"
    event = RequestEvent.objects.filter(code="received").first()
    assert outcome(event.code, event.facts) == "Received by the client; waits behind GIMP 3.0"
    assert requeue_unanswered(LATER) == 0
    assert {each.state for each in sent} == {"sent"}
    Device.objects.update(stream=None)
    assert requeue_unanswered(LATER) == 3, "a client that is gone may have lost it"


def test_another_before_it_is_said_too(client, device, running, sent):
    receipt(client, sent, running)
    receipt(client, sent[1:], sent[0])
    assert about(sent[1]) == f"Received; waits behind {sent[0].target}"
    receipt(client, sent[2:])
    assert about(sent[2]) == "Received; waits its turn"


def test_it_can_be_cancelled_until_it_starts_and_delivered_anew_it_begins_again(client, device, running, sent):
    receipt(client, sent, running)
    assert cancel(make_user(superuser=True), sent[0], now=timezone.now())
    deploy(sent[1].target, make_collection("Office", device), approval=True)
    Device.objects.update(stream=None)
    requeue_unanswered(LATER)
    assert sent[1] in claim([device.pk], LATER)
    sent[1].refresh_from_db()
    assert (sent[1].received_at, sent[1].behind) == (None, "")


def test_a_device_tells_of_its_own_only(client, device):
    other = make_request(make_device("LT-2"), make_application("GIMP"), "sent", sent_at=timezone.now())
    receipt(client, [other], other)
    assert other.received_at is None
