"""Requests on their way to clients: real Redis, stream process and worker (R21, R22)."""

import base64
import json
import urllib.request
from datetime import timedelta

import pytest
from celery import Celery, Task
from django.db import connection, transaction
from django.utils import timezone
from redis import Redis

from applications.models import Request
from applications.requests import delivery
from applications.requests.asking import ask
from applications.requests.claiming import claim
from applications.requests.tasks import deliver, deliver_soon
from applications.rules.words import Action
from console.configuration.broker import TRANSPORT, broker_url
from devices.models import Device
from devices.presence import push
from devices.presence.push import broker
from devices.presence.tasks import policy_changed, push_policy
from tests import opened
from tests.listening import Listening
from tests.make import deploy, make_application, make_collection, make_device, make_request, make_user
from tests.running import Running, wait_until

pytestmark = pytest.mark.redis


@pytest.fixture
def admin(db):
    return make_user("admin", superuser=True)


@pytest.fixture
def stream(running: Running, settings):
    running.redis()
    settings.REDIS_URL = running.redis_url
    broker.cache_clear()
    yield running.stream()
    broker.cache_clear()


@pytest.fixture
def application(db):
    return make_application("GIMP")


def a_device(application, name="LT-1", **facts) -> Device:
    """A device with the secret of its own name, that the application reaches with approval."""
    device = make_device(name, secret=name, **facts)
    deploy(application, device, approval=True)
    return device


def queued(device, application, user, **facts) -> Request:
    return make_request(
        device,
        application,
        requested_by=user,
        requester=user.username,
        created_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=30),
        **facts,
    )


def connected(*devices: Device) -> bool:
    return not Device.objects.filter(pk__in=[d.pk for d in devices], stream__isnull=True).exists()


def state_of(request: Request) -> str:
    request.refresh_from_db()
    return request.state


def requests_in(event) -> list[str]:
    name, data = event
    assert name == "requests"
    return [request["id"] for request in data["requests"]]


def acknowledge(stream, secret: str, request: Request) -> str:
    call = urllib.request.Request(
        f"{stream.url}/client/v1/requests/{request.pk}/acknowledge",
        data=b"{}",
        method="POST",
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(call, timeout=10) as answer:
        return json.load(answer)["state"]


def test_a_click_reaches_a_connected_client_at_once(running, stream, application, admin):
    running.worker()
    device = a_device(application)
    client = Listening(stream.url, device.name)
    wait_until(lambda: connected(device))
    request, _ = ask(admin, device, application, Action.INSTALL, now=timezone.now())
    # The tests' own broker is in memory: what `deliver_soon` says must be said to the real one.
    _tell(running, [device.pk])
    name, data = client.event()
    assert name == "requests"
    assert [(r["id"], r["state"]) for r in data["requests"]] == [(str(request.pk), "sent")]
    assert opened.request(data["requests"][0])["steps"][0]["deployment_types"][0]["install"] == "true"
    assert state_of(request) == "sent"
    assert acknowledge(stream, device.name, request) == "acknowledged"


def test_a_client_that_connects_gets_what_waited_for_it(running, stream, application, admin):
    running.worker()
    device = a_device(application, online=False)
    request, _ = ask(admin, device, application, Action.INSTALL, now=timezone.now())
    client = Listening(stream.url, device.name)
    assert requests_in(client.event()) == [str(request.pk)]


def test_a_client_that_lost_its_connection_before_it_answered_gets_it_again_at_once(
    running, stream, application, admin
):
    running.worker()
    device = a_device(application)
    request = queued(device, application, admin)
    first = Listening(stream.url, device.name)
    assert requests_in(first.event()) == [str(request.pk)]
    first.close()
    second = Listening(stream.url, device.name)
    assert requests_in(second.event()) == [str(request.pk)]
    request.refresh_from_db()
    assert request.deliveries == 1, "the same delivery, said twice"


def test_what_is_acknowledged_is_not_said_again(running, stream, application, admin):
    running.worker()
    device = a_device(application)
    request = queued(device, application, admin)
    first = Listening(stream.url, device.name)
    first.event()
    acknowledge(stream, device.name, request)
    first.close()
    second = Listening(stream.url, device.name)
    wait_until(lambda: connected(device))
    policy_changed_now(running, [device.pk])
    assert second.event() == ("policy", {}), "and no requests before it"


def test_a_device_that_is_not_connected_keeps_its_request_queued(db, application, admin):
    device = a_device(application, online=False)
    request = queued(device, application, admin)
    assert delivery.deliver([device.pk], timezone.now()) == 0
    assert delivery.sweep(timezone.now()) == 0
    assert state_of(request) == "queued"


def test_emptied_between_click_and_delivery_the_sweep_delivers(running, stream, application, admin):
    """`FLUSHALL` after the click: the task is gone, the row is not."""
    device = a_device(application)
    client = Listening(stream.url, device.name)
    redis = Redis.from_url(running.redis_url)
    wait_until(lambda: device.pk in _waiting_for(redis), what="the stream says that the client has connected")
    request, _ = ask(admin, device, application, Action.INSTALL, now=timezone.now())
    _tell(running, [device.pk])
    assert redis.llen("koppel:koppel")
    redis.flushall()
    running.worker()
    assert state_of(request) == "queued"
    delivery.sweep(timezone.now())
    assert requests_in(client.event()) == [str(request.pk)]


def test_a_worker_killed_while_it_claims_loses_nothing(running, stream, application, admin):
    device = a_device(application)
    client = Listening(stream.url, device.name)
    wait_until(lambda: connected(device))
    worker = running.worker()
    request = queued(device, application, admin)
    redis = Redis.from_url(running.redis_url)
    with transaction.atomic():
        Device.objects.filter(pk=device.pk).update(os="Debian 13")  # the worker must wait for us to write
        _tell(running, [device.pk])
        wait_until(lambda: redis.hlen("koppel:unacked"), what="the worker takes the task")
        worker.kill()
    assert state_of(request) == "queued"
    delivery.sweep(timezone.now())
    assert requests_in(client.event()) == [str(request.pk)]


def test_a_worker_killed_between_claim_and_push_loses_nothing(stream, application, admin):
    device = a_device(application)
    client = Listening(stream.url, device.name)
    wait_until(lambda: connected(device))
    request = queued(device, application, admin)
    assert claim([device.pk], timezone.now()) == [request]  # and here it ends
    delivery.sweep(timezone.now())
    assert state_of(request) == "sent", "the client may still answer"
    delivery.sweep(timezone.now() + timedelta(seconds=31))
    assert requests_in(client.event()) == [str(request.pk)]
    assert acknowledge(stream, device.name, request) == "acknowledged"


def test_with_redis_gone_a_delivery_fails_quietly_and_is_repaired(running, stream, application, admin):
    device = a_device(application)
    client = Listening(stream.url, device.name, patience=30)
    wait_until(lambda: connected(device))
    request = queued(device, application, admin)
    running.parts[0].kill()
    assert delivery.deliver([device.pk], timezone.now()) == 1
    assert state_of(request) == "sent"
    running.redis()
    running.worker()
    assert requests_in(client.event()) == [str(request.pk)], "the stream process asks again once it listens again"


def test_two_deliveries_at_the_same_moment_send_a_request_once(running, stream, application, admin):
    devices = [a_device(application, f"LT-{number}") for number in range(20)]
    clients = [Listening(stream.url, device.name) for device in devices]
    wait_until(lambda: connected(*devices))
    redis = Redis.from_url(running.redis_url)
    wait_until(lambda: _waiting_for(redis) == {device.pk for device in devices})  # what they may have missed: nothing
    redis.delete(*redis.keys("koppel:koppel*"))
    requests = [queued(device, application, admin) for device in devices]
    for _ in range(10):
        _tell(running, [device.pk for device in devices])
    running.worker()
    for client, request in zip(clients, requests, strict=True):
        assert requests_in(client.event()) == [str(request.pk)]
    wait_until(lambda: not redis.llen("koppel:koppel") and not redis.hlen("koppel:unacked"))
    assert set(Request.objects.values_list("state", "deliveries")) == {("sent", 1)}
    for client in clients:
        client.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.event()


def test_what_the_rules_no_longer_allow_is_withdrawn_not_sent(running, stream, application, admin):
    device = make_device("LT-1", secret="LT-1")
    client = Listening(stream.url, "LT-1")
    wait_until(lambda: connected(device))
    request = queued(device, application, admin)  # nothing deploys it here
    assert delivery.deliver([device.pk], timezone.now()) == 0
    assert state_of(request) == "withdrawn"
    push.push_policy([device.pk])
    assert client.event() == ("policy", {})


def test_the_sweep_ends_what_is_too_old(db, application, admin):
    device = a_device(application, online=False)
    request = queued(device, application, admin)
    delivery.sweep(timezone.now() + timedelta(days=31))
    assert state_of(request) == "expired"


def test_a_changed_policy_reaches_the_connected_and_nobody_else(running, stream, application):
    running.worker()
    here, away = a_device(application, "here"), a_device(application, "away", online=False)
    client = Listening(stream.url, "here")
    wait_until(lambda: connected(here))
    policy_changed_now(running, [here.pk, away.pk])
    assert client.event() == ("policy", {})


def test_many_requests_take_few_queries(db, application, admin, django_assert_max_num_queries, monkeypatch):
    collection = make_collection("All")
    deploy(application, collection, approval=True)
    devices = [make_device(collections=[collection]) for _ in range(40)]
    Device.objects.update(stream="00000000-0000-0000-0000-000000000001")
    for device in devices:
        queued(device, application, admin)
    with django_assert_max_num_queries(32):
        assert delivery.deliver([device.pk for device in devices], timezone.now()) == 40


def test_waking_never_waits_and_never_fails(transactional_db, settings):
    """The broker of these tests is in memory; `tests/devices/test_enqueue.py` tries dead and frozen ones."""
    with transaction.atomic():
        deliver_soon([1])
        policy_changed([1])
    assert connection.in_atomic_block is False


def _tell(running: Running, device_ids: list[int]) -> None:
    _send(running, deliver, device_ids)


def policy_changed_now(running: Running, device_ids: list[int]) -> None:
    _send(running, push_policy, device_ids)


def _waiting_for(redis: Redis) -> set[int]:
    """The devices that the tasks in the queue are about."""
    tasks = [json.loads(task) for queue in redis.keys("koppel:koppel*") for task in redis.lrange(queue, 0, -1)]
    return {device for task in tasks for device in json.loads(base64.b64decode(task["body"]))[0][0]}


def _send(running: Running, task: Task, device_ids: list[int]) -> None:
    """Says to the workers what `devices.enqueue` says, over the Redis of this test."""

    with Celery("test", broker=broker_url(running.redis_url)) as app:
        app.conf.broker_transport_options = TRANSPORT
        app.conf.task_default_queue = "koppel"
        app.send_task(task.name, [device_ids], ignore_result=True)
