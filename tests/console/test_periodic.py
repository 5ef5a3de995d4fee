"""Periodic tasks survive clocks that are or were wrong (R21): a real beat, a real worker."""

import json
import pickle
import shelve
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from redis import Redis

from applications.models import LastSweep
from console.celery import app
from console.configuration.broker import broker_url
from tests.running import wait_until

SWEEP = "applications.requests.tasks.sweep"
SOON = {"KOPPEL_SWEEP_SECONDS": "1"}


def start_beat(running):
    command = [sys.executable, "-m", "celery", "-A", "console.celery:app", "--quiet", "beat", "--pidfile", ""]
    return running.part("beat", [*command, "--loglevel", "WARNING"], SOON)


def sent(redis: Redis) -> set[str]:
    """The tasks that wait for a worker."""
    return {json.loads(t)["headers"]["task"] for key in redis.keys("koppel:koppel*") for t in redis.lrange(key, 0, -1)}


@pytest.mark.redis
def test_a_schedule_file_from_the_future_silences_nothing(running):
    running.redis()
    redis = Redis.from_url(running.redis_url)
    file = running.folder / "beat"
    beat = start_beat(running)
    wait_until(lambda: SWEEP in sent(redis), what="beat sends a sweep")
    beat.stop()
    with shelve.open(str(file), writeback=True) as store:
        for entry in store["entries"].values():
            entry.last_run_at = datetime.now(UTC) + timedelta(days=400)
        assert SWEEP in store["entries"]
    redis.flushall()
    start_beat(running)
    wait_until(lambda: SWEEP in sent(redis), 15, what="beat sends a sweep although its file is from the future")


def test_a_clock_put_back_while_beat_runs_silences_nothing(tmp_path):
    """The schedule in memory, too, counts a last run in the future as now."""
    from console.configuration.periodic import Scheduler

    scheduler = Scheduler(app, schedule_filename=str(tmp_path / "beat"))
    try:
        scheduler.populate_heap()
        for entry in scheduler.schedule.values():
            entry.last_run_at = datetime.now(UTC) + timedelta(days=400)
        assert scheduler.tick() <= 60
        assert all(
            entry.last_run_at < datetime.now(UTC) + timedelta(seconds=2) for entry in scheduler.schedule.values()
        )
        assert pickle.loads(pickle.dumps(scheduler.schedule[SWEEP])).name == SWEEP
    finally:
        scheduler._store.close()


@pytest.mark.redis
def test_a_worker_whose_clock_is_ahead_runs_what_beat_sent(running):
    """What beat writes with a clock 15 s behind is not too old for the worker, for none of the tasks."""
    running.redis()
    behind = datetime.now(UTC) - timedelta(seconds=15)
    with Celery("test", broker=broker_url(running.redis_url)) as sender:
        sender.conf.task_default_queue = "koppel"
        sender.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        schedule: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE
        expires = schedule["devices.presence.tasks.presence"]["options"]["expires"]
        sender.send_task(SWEEP, expires=behind + timedelta(seconds=expires))
    running.worker()
    wait_until(LastSweep.objects.exists, what="the sweep ran")
    assert all(entry["options"]["expires"] >= entry["schedule"] + 60 for entry in schedule.values())
