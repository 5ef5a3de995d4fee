"""Handing tasks to Celery: whatever Redis does, nobody waits for it (R21)."""

import os
import signal
import subprocess
import sys
import time

import pytest
from celery import Celery

from console.configuration.broker import TRANSPORT, broker_url
from console.configuration.environment import ROOT

pytestmark = pytest.mark.redis

# Says how long each of some calls took, and then what came of them.
CALLS = """
import sys, time
import django
django.setup()
from applications.requests.tasks import deliver
from devices.enqueue import enqueue
sys.stdin.readline()
began = time.monotonic()
futures = [enqueue(deliver, [number], priority=6 - number * 3) for number in range(3)]
waited = time.monotonic() - began
print(waited, [future.result() for future in futures], flush=True)
"""


def calls(running) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", CALLS],
        cwd=ROOT,
        env=running.environ | {"DATABASE_URL": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def outcome(process: subprocess.Popen) -> tuple[float, str]:
    out, _ = process.communicate("go\n", timeout=60)
    waited, _, results = out.strip().partition(" ")
    return float(waited), results


def ids(running) -> list[int]:
    """What each waiting task is about, in the order in which a worker gets them."""
    with Celery("tests", broker=broker_url(running.redis_url)) as app:
        app.conf.broker_transport_options = TRANSPORT
        with app.connection() as connection, connection.SimpleQueue("koppel") as queue:
            got = []
            while True:
                try:
                    message = queue.get(timeout=1)
                except queue.Empty:
                    return got
                message.ack()
                got.append(message.payload[0][0][0])


def test_tasks_arrive_and_what_somebody_waits_for_comes_first(running):
    running.redis()
    waited, results = outcome(calls(running))
    assert waited < 0.5
    assert results == "[True, True, True]"
    assert ids(running) == [2, 1, 0], "not in the order of their priorities"


def test_with_redis_down_nobody_waits(running):
    began = time.monotonic()
    waited, results = outcome(calls(running))
    assert waited < 0.5
    assert results == "[False, False, False]"
    assert time.monotonic() - began < 30


def test_with_redis_frozen_nobody_waits_and_it_comes_to_an_end(running):
    redis = running.redis()
    redis.signal(signal.SIGSTOP)
    try:
        waited, results = outcome(calls(running))
    finally:
        redis.signal(signal.SIGCONT)
    assert waited < 0.5
    assert results == "[False, False, False]"


def test_a_forked_process_can_enqueue_too(running):
    running.redis()
    code = CALLS.replace(
        "sys.stdin.readline()", "enqueue(deliver, [7]).result()\nimport os\nif os.fork(): os.wait(); sys.exit()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | running.environ | {"DATABASE_URL": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "[True, True, True]" in done.stdout, done.stderr
