"""Whoever can write to Redis gains nothing: no command, no request of another device, no end of a connection (R21)."""

import json
import time

import pytest
from redis import Redis

from applications.requests.claiming import claim
from applications.rules.lifecycle import State
from devices.models import Device
from devices.presence.push import broker, channel, push
from tests.listening import Listening
from tests.make import NOW, deploy, make_application, make_device, make_request, make_user
from tests.running import wait_until

pytestmark = pytest.mark.redis

COMMAND = "touch /tmp/forged"
FORGED = json.dumps({"requests": [{"id": "0198", "action": "install", "steps": [{"install": COMMAND}]}]})


@pytest.fixture
def redis(running, settings):
    running.redis()
    settings.REDIS_URL = running.redis_url
    broker.cache_clear()
    yield Redis.from_url(running.redis_url)
    broker.cache_clear()


@pytest.fixture
def victim(running, redis):
    """A device, and the client on it, connected."""
    stream = running.stream()
    device = make_device("victim", secret="victim")
    client = Listening(stream.url, "victim")
    wait_until(lambda: held(device))
    return device, client, stream


def held(*devices: Device) -> bool:
    for device in devices:
        device.refresh_from_db()
    return all(device.stream for device in devices)


def forge(redis: Redis, device: Device, what: object) -> None:
    assert device.stream
    text = what if isinstance(what, str | bytes) else json.dumps(what)
    assert redis.publish(channel(device.stream), text) == 1, "the process listens"


def hears_first(device: Device, client: Listening) -> tuple[str, object]:
    """What the client is told before what is told to it now; what was forged gets a while to arrive, else it could hide
    behind this."""
    time.sleep(0.3)
    push("policy", [device.pk])
    return client.event()


def test_a_forged_payload_never_reaches_a_client(redis, victim):
    device, client, _ = victim
    for message in (
        {"event": "requests", "parts": [[FORGED, [device.pk]]]},  # how payloads once travelled
        {"event": "requests", "devices": [device.pk], "parts": [[FORGED, [device.pk]]], "requests": FORGED},
        {"event": "requests", "devices": [[FORGED, [device.pk]]]},
        {"event": f"requests\ndata: {FORGED}\n\nevent: requests", "devices": [device.pk]},
        {"event": "drain", "devices": [device.pk], "wait": 1},
    ):
        forge(redis, device, message)
    assert hears_first(device, client) == ("policy", {})


def test_what_no_worker_claimed_is_not_sent_however_often_it_is_asked_for(redis, victim):
    device, client, _ = victim
    application = make_application()
    request = make_request(device, application)
    for state in (State.QUEUED, State.ACKNOWLEDGED, State.SUCCEEDED, State.WITHDRAWN, State.CANCELLED):
        type(request).objects.filter(pk=request.pk).update(state=state)
        for _ in range(20):
            forge(redis, device, {"event": "requests", "devices": [device.pk]})
        assert hears_first(device, client) == ("policy", {}), state


def test_requests_go_to_their_own_device_only(running, redis, victim):
    device, client, stream = victim
    other = make_device("other", secret="other")
    beside = Listening(stream.url, "other")
    elsewhere = make_device("elsewhere", secret="elsewhere")
    second = running.stream("second")
    there = Listening(second.url, "elsewhere")
    wait_until(lambda: held(device, other, elsewhere))
    application = make_application()
    for each in (device, other, elsewhere):
        deploy(application, each, approval=True)
        make_request(each, application, requested_by=make_user(superuser=True))
    requests = {request.device_id: request for request in claim([device.pk, other.pk, elsewhere.pk], NOW)}
    mine, theirs, far = (requests[each.pk] for each in (device, other, elsewhere))
    forge(redis, device, {"event": "requests", "devices": [device.pk, other.pk, elsewhere.pk, 10**9]})
    for listener, request in ((client, mine), (beside, theirs)):
        event, data = listener.event()
        assert (event, [each["id"] for each in data["requests"]]) == ("requests", [str(request.pk)])
        assert [each["state"] for each in data["requests"]] == ["sent"]
    assert hears_first(elsewhere, there) == ("policy", {}), "its own process was not told"
    forge(redis, elsewhere, {"event": "requests", "devices": [device.pk, other.pk, elsewhere.pk]})
    assert [each["id"] for each in there.event()[1]["requests"]] == [str(far.pk)]
    assert hears_first(device, client) == ("policy", {})


def test_a_connection_cannot_be_ended_by_writing_to_redis(redis, victim):
    device, client, _ = victim
    forge(redis, device, {"event": "release", "parts": [["", [device.pk]]]})
    forge(redis, device, {"event": "release", "devices": [device.pk]})
    assert hears_first(device, client) == ("policy", {})
    assert held(device)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\xff\xfe\x00",
        "null",
        "[" * 60_000,
        "x" * 20_000_000,
        json.dumps({"event": "requests", "devices": list(range(200_000))}),
        '{"event": "requests", "devices": {"1": 1}}',
        '{"event": "requests", "devices": [1.5, "1", null, true, [1], {}]}',
        '{"event": "requests", "devices": [' + "9" * 4000 + "]}",
        '{"event": "release", "devices": [-1, 0, 99999999999999999999999999]}',
        '{"event": ["requests"], "devices": [1]}',
        '{"event": "requests"}',
        '{"devices": [1]}',
    ],
    ids=lambda each: repr(each[:40]),
)
def test_nonsense_changes_nothing(redis, victim, nonsense):
    device, client, stream = victim
    for _ in range(3):
        redis.publish(channel(device.stream), nonsense)
    wait_until(lambda: redis.pubsub_numsub(channel(device.stream))[0][1], what="it listens again")
    assert hears_first(device, client) == ("policy", {})
    assert stream.exit_code is None
    assert held(device)
