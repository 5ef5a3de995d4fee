"""The stream on a real server with a real Redis: who gets in, who is present, and how it ends (R22, R23)."""

import http.client
import signal
import socket
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from redis import Redis

from applications.rules.lifecycle import State
from devices.client_api.enrolment import digest
from devices.models import Device, Stream
from devices.presence import connections
from devices.presence.push import broker, push
from tests import opened
from tests.listening import Listening
from tests.make import make_application, make_device, make_request, make_site, signed
from tests.running import wait_until

pytestmark = pytest.mark.redis


@pytest.fixture
def redis(running):
    running.redis()
    return Redis.from_url(running.redis_url)


@pytest.fixture
def stream(running, redis, settings):
    settings.REDIS_URL = running.redis_url
    return running.stream()


@pytest.fixture(autouse=True)
def own_broker():
    """`devices.presence.push` keeps one client for the process; each test has a Redis of its own."""
    broker.cache_clear()
    yield
    broker.cache_clear()


def is_connected(device: Device) -> bool:
    device.refresh_from_db()
    return device.stream is not None


def test_a_device_that_connects_is_online_and_gets_what_is_pushed(stream):
    device = make_device(online=False, secret="one")
    client = Listening(stream.url, "one")
    assert client.status == 200
    assert client.headers["content-type"] == "text/event-stream"
    assert client.block().startswith(":")
    wait_until(lambda: is_connected(device))
    assert device.online
    assert device.online_since
    assert device.revision == 1
    request = make_request(device, make_application("é\n1"), state=State.SENT)
    assert push("requests", [device.pk]) == set()
    event, data = client.event()
    assert event == "requests"
    assert [opened.request(each)["application"]["name"] for each in data["requests"]] == ["é\n1"]
    assert [each["id"] for each in data["requests"]] == [str(request.pk)]
    client.close()
    wait_until(lambda: not is_connected(device))
    assert device.online, "the connection was open within the last 60 s (R23)"


@pytest.mark.parametrize("secret", ["other", "", "é", "x" * 5000])
def test_a_wrong_secret_is_refused_with_a_sentence(stream, secret):
    make_device(secret="one")
    make_device()  # has no secret
    client = Listening(stream.url, secret)
    assert client.status == 401
    assert client.body()["code"] == "unauthorized"


def test_other_methods_are_refused_and_the_rest_is_djangos(stream):
    def ask(method, path):
        connection = http.client.HTTPConnection("127.0.0.1", stream.port, timeout=10)
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    answer, body = ask("POST", "/client/v1/stream")
    assert (answer.status, answer.headers["allow"]) == (405, "GET")
    assert b"method_not_allowed" in body
    assert ask("HEAD", "/client/v1/stream")[0].status == 405
    assert ask("GET", "/client/v1/streams")[0].status == 404
    assert ask("GET", "/healthz")[0].status == 200


def test_a_new_connection_of_a_device_replaces_the_old_one(stream):
    device = make_device(secret="one")
    old = Listening(stream.url, "one")
    wait_until(lambda: is_connected(device))
    new = Listening(stream.url, "one")
    assert old.ended()
    push("policy", [device.pk])
    assert new.event() == ("policy", {})
    assert is_connected(device)


def test_a_new_connection_at_another_process_replaces_the_old_one(running, stream):
    other = running.stream("other")
    device = make_device(secret="one")
    old = Listening(stream.url, "one")
    wait_until(lambda: is_connected(device))
    first = device.stream
    new = Listening(other.url, "one")
    assert old.ended(), "the process that held it before was told to let go"
    wait_until(lambda: is_connected(device) and device.stream != first)
    push("policy", [device.pk])
    assert new.event() == ("policy", {})
    assert is_connected(device)
    assert device.stream != first, "the end of the old connection did not count"


def test_sigterm_sends_everybody_away_and_leaves_nobody_behind(stream):
    devices = [make_device(secret=f"s{number}") for number in range(20)]
    clients = [Listening(stream.url, f"s{number}") for number in range(20)]
    wait_until(lambda: Device.objects.filter(stream__isnull=False).count() == 20)
    began = time.monotonic()
    stream.signal(signal.SIGTERM)
    for client in clients:
        event, data = client.event()
        assert event == "drain"
        assert data["wait"] >= 1
        assert client.ended()
    wait_until(lambda: stream.exit_code is not None, 10)
    assert time.monotonic() - began < 5
    assert Device.objects.filter(stream__isnull=False).count() == 0
    assert Device.objects.filter(online=True).count() == len(devices), "for a minute they are still online"
    assert not Stream.objects.exists()


def test_a_client_that_does_not_read_is_cut_off_and_others_are_served(stream):
    deaf, other = make_device(secret="deaf"), make_device(secret="other")
    slow = Listening(stream.url, "deaf")
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    quick = Listening(stream.url, "other")
    wait_until(lambda: is_connected(deaf) and is_connected(other))
    large = make_application("Large")
    large.deployment_types.update(install_command="x" * 200_000)
    signed(large)
    make_request(deaf, large, state=State.SENT)
    for _ in range(100):
        push("requests", [deaf.pk])
        time.sleep(0.01)
        if not is_connected(deaf):
            break
    wait_until(lambda: not is_connected(deaf))
    push("policy", [other.pk])
    assert quick.event() == ("policy", {})


def test_redis_may_be_killed_and_comes_back(running, redis, stream):
    device = make_device(secret="one")
    client = Listening(stream.url, "one", patience=30)
    wait_until(lambda: is_connected(device))
    running.parts[0].kill()
    running.redis()
    wait_until(lambda: not push("policy", [device.pk]), 30)
    assert client.event() == ("policy", {})
    # It asks the workers for what its clients may have missed.
    wait_until(lambda: redis.keys("koppel:koppel*"), 10)
    [tasks] = redis.keys("koppel:koppel*")
    assert b"applications.requests.tasks.deliver" in redis.lindex(tasks, 0)


def test_emptying_redis_changes_nothing(redis, stream):
    device = make_device(secret="one")
    client = Listening(stream.url, "one")
    wait_until(lambda: is_connected(device))
    redis.flushall()
    push("policy", [device.pk])
    assert client.event() == ("policy", {})


def test_a_process_that_was_held_for_dead_comes_back_by_itself(stream):
    device = make_device(secret="one")
    client = Listening(stream.url, "one", patience=20)
    wait_until(lambda: is_connected(device))
    connections.drop_dead_streams(timezone.now() + timedelta(seconds=60))
    assert not is_connected(device)
    wait_until(lambda: is_connected(device))
    push("policy", [device.pk])
    assert client.event() == ("policy", {})


def test_the_devices_of_a_killed_process_are_free_when_it_is_stale_and_connect_elsewhere(running, stream):
    other = running.stream("other")
    staying, moving = make_device(secret="staying"), make_device(secret="moving")
    clients = [Listening(stream.url, "staying"), Listening(stream.url, "moving")]
    wait_until(lambda: is_connected(staying) and is_connected(moving))
    process = Stream.objects.get(pk=staying.stream)
    stream.kill()
    assert all(client.ended() for client in clients)
    client = Listening(other.url, "moving")
    wait_until(lambda: is_connected(moving) and moving.stream != process.pk)
    connections.drop_dead_streams(timezone.now())
    assert is_connected(staying), "the row of the process is still fresh"
    Stream.objects.filter(pk=process.pk).update(last_seen=timezone.now() - timedelta(seconds=21))
    connections.drop_dead_streams(timezone.now())
    assert not is_connected(staying)
    assert is_connected(moving)
    push("policy", [moving.pk])
    assert client.event() == ("policy", {})


def test_a_database_that_is_locked_for_a_while_only_delays(stream):
    device = make_device(secret="one")
    with transaction.atomic():
        Device.objects.filter(pk=device.pk).update(os="Debian 13")
        client = Listening(stream.url, "one")
        assert client.status == 200, "reading does not wait for writing"
    wait_until(lambda: is_connected(device))


def test_nonsense_on_the_channel_does_not_end_the_listening(redis, stream):
    device = make_device(secret="one")
    client = Listening(stream.url, "one")
    wait_until(lambda: is_connected(device))
    for nonsense in (
        "",
        "{",
        "[]",
        '{"event": "x"}',
        '{"event": "policy", "devices": 3}',
        '{"event":"policy","devices":["1"]}',
    ):
        assert redis.publish(f"koppel:stream:{device.stream}", nonsense) == 1
    push("policy", [device.pk])
    assert client.event() == ("policy", {})


def test_many_at_once(stream):
    site = make_site()
    Device.objects.bulk_create(
        Device(name=f"D{number}", site=site, secret_hash=digest(f"d{number}")) for number in range(300)
    )
    clients = [Listening(stream.url, f"d{number}") for number in range(300)]
    wait_until(lambda: Device.objects.filter(stream__isnull=False).count() == 300)
    push("policy", Device.objects.filter(stream__isnull=False).values_list("pk", flat=True))
    for client in clients:
        assert client.event() == ("policy", {})
