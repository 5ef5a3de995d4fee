"""A device is revoked while it is connected, and takes its own place back (R19, R20, R22): real stream, real pages."""

import json
import urllib.error
import urllib.request

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.requests import delivery
from audit.models import AuditEntry
from devices.client_api.enrolment import digest
from devices.models import Device, DeviceMember, EnrolmentToken
from devices.presence import connections
from devices.presence.push import RELEASE, broker, channel, message
from tests.listening import Listening
from tests.make import deploy, make_application, make_device, make_person, make_request, make_user
from tests.reading import token_in
from tests.running import wait_until

pytestmark = pytest.mark.redis


@pytest.fixture
def stream(running, settings):
    running.redis()
    settings.REDIS_URL = running.redis_url
    broker.cache_clear()
    yield running.stream()
    broker.cache_clear()


@pytest.fixture
def admin(transactional_db):
    client = Client()
    client.force_login(make_user("admin", superuser=True))
    return client


def held(device: Device) -> bool:
    device.refresh_from_db()
    return device.stream is not None


def enrol(url: str, token: str, secret: str, name: str = "ANOTHER-NAME") -> dict:
    inventory = {"platform": "linux", "os": "Debian 12", "client_version": "2111"}
    body = {"token": token, "secret_hash": digest(secret), "name": name, "inventory": inventory}
    call = urllib.request.Request(
        f"{url}/client/v1/enrol", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(call, timeout=10) as answer:
        return json.load(answer)


def test_revoked_while_connected_it_is_cut_off_by_what_the_console_says_at_once(stream, admin):
    device = make_device("LT-1", secret="stolen")
    client = Listening(stream.url, "stolen")
    wait_until(lambda: held(device))
    url = reverse("devices:revoke", args=[device.pk])
    assert "Revoke this device?" in admin.get(url).text
    assert not client.over
    with broker().pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe(channel(device.stream))
        heard.get_message(timeout=10)  # that it listens
        assert admin.post(url).status_code == 302
        wait_until(
            lambda: (told := heard.get_message(timeout=1)) and told["data"].decode() == message(RELEASE, [device.pk])
        )
    assert client.ended()
    assert Listening(stream.url, "stolen").status == 401
    assert not held(device)
    assert not device.online
    entry = AuditEntry.objects.get(verb="changed", kind="device")
    assert (entry.device_id, entry.facts, entry.user.get_username()) == (device.pk, {"reason": "revoked"}, "admin")
    page = admin.get(reverse("devices:overview", args=[device.pk])).text
    assert "Enrol again" in page
    assert reverse("devices:revoke", args=[device.pk]) not in page


def test_what_was_queued_waits_until_the_device_takes_its_own_place_back(stream, admin):
    device = make_device("LT-1", secret="old", primary_user=make_person("j.visser"))
    deploy(application := make_application(), device, approval=True)
    device.enrolled_at = timezone.now()
    device.save()
    memberships = set(DeviceMember.objects.filter(device=device).values_list("pk", flat=True))
    request = make_request(device, application, requested_by=make_user(superuser=True))
    admin.post(reverse("devices:revoke", args=[device.pk]))
    assert delivery.deliver([device.pk], timezone.now()) == 0
    page = admin.post(reverse("devices:enrol_again", args=[device.pk]))
    token = token_in(page)
    assert enrol(stream.url, token, "new") == {"device": device.pk, "name": "LT-1"}
    assert Listening(stream.url, "old").status == 401
    client = Listening(stream.url, "new")
    wait_until(lambda: held(device))
    assert delivery.deliver([device.pk], timezone.now()) == 1
    assert [each["id"] for each in client.event()[1]["requests"]] == [str(request.pk)]
    assert device.primary_user.username == "j.visser"
    assert memberships <= set(DeviceMember.objects.filter(device=device).values_list("pk", flat=True))
    with pytest.raises(urllib.error.HTTPError, match="409"):
        enrol(stream.url, token, "third")


def test_a_machine_set_up_anew_takes_over_while_the_old_one_is_connected(stream, admin):
    device = make_device("LT-1", secret="old")
    old = Listening(stream.url, "old")
    wait_until(lambda: held(device))
    page = admin.post(reverse("devices:enrol_again", args=[device.pk]))
    assert not old.over
    enrol(stream.url, token_in(page), "new")
    assert old.ended(), "its secret counts no longer"
    assert Listening(stream.url, "new").status == 200
    assert Device.objects.count() == 1


def test_a_copied_client_is_noticed_while_both_replace_each_other_and_there_are_two_ways_out(stream, admin):
    device = make_device("LT-1", secret="old")
    right = Listening(stream.url, "old", koppel_machine="a" * 64, koppel_boot="1" * 64)
    wait_until(lambda: Device.objects.filter(machine_id="a" * 64))
    overview, warning = reverse("devices:overview", args=[device.pk]), "Two machines speak as this device."
    assert warning not in admin.get(overview).text
    copy = Listening(stream.url, "old", koppel_machine="b" * 64, koppel_boot="2" * 64)
    wait_until(lambda: Device.objects.exclude(copied_at=None))
    assert (right.ended(), copy.over) == (True, False), "the newest connection has the device"
    assert AuditEntry.objects.filter(device_id=device.pk, facts={"reason": "copied"}).count() == 1
    assert warning in admin.get(overview).text
    assert warning in admin.get(reverse("applications:device", args=[device.pk])).text
    admin.post(reverse("devices:same_machine", args=[device.pk]))
    assert warning not in admin.get(overview).text
    assert AuditEntry.objects.filter(facts={"reason": "same_machine"}).count() == 1
    Device.objects.update(copied_at=timezone.now())
    page = admin.post(reverse("devices:enrol_again", args=[device.pk]))
    enrol(stream.url, token_in(page), "new")
    assert warning not in admin.get(overview).text
    assert Listening(stream.url, "old", koppel_machine="a" * 64).status == 401


def test_who_connects_at_the_very_moment_is_held_by_nobody(stream, db):
    """The connection was let in, the secret went, and only then it is written down."""
    device = make_device("LT-1")
    process = connections.Stream.objects.get().pk
    connections.connected(process, [device.pk], timezone.now())
    assert not held(device)
    assert connections.compare(process, [device.pk], [], timezone.now()).elsewhere == [device.pk]
    assert connections.not_held(process, {device.pk: digest("gone")}) == {device.pk}


def test_a_name_that_was_revoked_is_taken_by_no_other_token(stream, admin):
    device = make_device("LT-1", secret="old", enrolled_at=timezone.now())
    admin.post(reverse("devices:revoke", args=[device.pk]))
    page = admin.post(reverse("devices:enrol"), {"site": device.site_id})
    told = enrol(stream.url, token_in(page), "new", "LT-1")
    assert told == {"device": Device.objects.exclude(pk=device.pk).get().pk, "name": "LT-1-2"}


def test_revoking_takes_away_the_tokens_that_would_give_the_place_back(stream, admin):
    device = make_device("LT-1", secret="old")
    admin.post(reverse("devices:enrol_again", args=[device.pk]))
    assert EnrolmentToken.objects.get().again == device
    admin.post(reverse("devices:revoke", args=[device.pk]))
    assert not EnrolmentToken.objects.exists()
