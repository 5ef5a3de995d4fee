"""Two who do something at the same moment: one of them wins, and nobody is told anything that is not so (R17, R22)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from applications.requests import transitions
from applications.requests.asking import cancel
from applications.requests.claiming import claim, expire
from applications.requests.from_clients import acknowledge
from devices.client_api.enrolment import digest, enrol, new_token
from devices.models import Device
from tests.at_once import at_once
from tests.make import deploy, make_application, make_approver, make_collection, make_device, make_request, make_site

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def asked(state="queued"):
    device = make_device()
    collection = make_collection("", device)
    deploy(application := make_application(), collection)
    user = make_approver(collection)
    return device, user, make_request(device, application, state, requested_by=user, requester=user.username)


def test_two_workers_never_deliver_the_same_request():
    now = timezone.now()
    for _ in range(ROUNDS):
        device, _user, request = asked()
        first, second = at_once(lambda d=device: claim([d.pk], now), lambda d=device: claim([d.pk], now))
        assert sorted(map(len, (first, second))) == [0, 1]
        assert request.events.count() == 1


@pytest.mark.parametrize("state", ["queued", "sent"])
def test_what_is_cancelled_was_not_confirmed(state):
    now = timezone.now()
    for _ in range(ROUNDS):
        device, user, request = asked(state)
        cancelled, confirmed = at_once(
            lambda u=user, r=request: cancel(u, r, now=now),
            lambda d=device, r=request: acknowledge(d, r.pk, now),
        )
        request.refresh_from_db()
        assert (cancelled is True) == (request.state == "cancelled")
        assert (confirmed == "acknowledged") == (request.state == "acknowledged")
        assert isinstance(confirmed, transitions.Closed) == (request.state == "cancelled")
        assert request.events.count() == 1


def test_what_is_cancelled_is_not_said_to_be_delivered():
    now = timezone.now()
    for _ in range(ROUNDS):
        device, user, request = asked()
        at_once(lambda u=user, r=request: cancel(u, r, now=now), lambda d=device: claim([d.pk], now))
        request.refresh_from_db()
        assert request.state == "cancelled"
        assert list(request.events.values_list("state", flat=True)) in (["cancelled"], ["sent", "cancelled"])


def test_what_expired_was_not_confirmed():
    for _ in range(ROUNDS):
        device, _user, request = asked("sent")
        _, confirmed = at_once(
            lambda r=request: expire(r.expires_at),
            lambda d=device, r=request: acknowledge(d, r.pk, r.expires_at),
        )
        request.refresh_from_db()
        assert (confirmed == "acknowledged") == (request.state in ("acknowledged", "failed"))
        assert isinstance(confirmed, transitions.Closed) == (request.state == "expired")


def test_devices_of_one_name_that_enrol_at_the_same_moment_all_get_a_place_of_their_own():
    """None of them is told that another device has its secret, and none takes the place of another."""
    site, now = make_site(), timezone.now()
    for number in range(ROUNDS):
        name = f"LT-{number}"
        make_device(name, site=site)  # it waits for its client
        tokens = [new_token(site, None, now) for _ in range(4)]
        answers = at_once(*(lambda t=t, n=name: enrol(t, digest(t), n, now) for t in tokens))
        assert all(isinstance(answer, Device) for answer in answers), answers
        assert len({answer.pk for answer in answers}) == 4
        for token, answer in zip(tokens, answers, strict=True):
            assert Device.objects.with_secret(digest(token)).get() == answer
