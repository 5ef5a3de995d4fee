"""Hands tasks to Celery without making anybody wait for Redis: hints that may be lost, because a sweep repairs them."""

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import structlog

from console.celery import app

WAITING = 1000  # tasks; beyond that they are dropped
REST = 1.0  # seconds without an attempt after one that failed
AT_ONCE, SOON = 0, 6  # priorities: what somebody waits for goes before what concerns a crowd

log = structlog.get_logger(__name__)


def hand_over(task: str, *args: Any, priority: int = SOON) -> "Future[bool]":
    """Sends the task (its full name) in the background. The answer's result: whether Redis took it; it never raises."""
    return _sender.send(task, args, priority)


class Sender:
    """One thread that talks to Redis. A Redis that is down or frozen costs that thread seconds, and nobody else."""

    def __init__(self) -> None:
        self.executor = ThreadPoolExecutor(1, thread_name_prefix="hand-over")
        self.waiting = threading.BoundedSemaphore(WAITING)
        self.resting_until = 0.0

    def send(self, task: str, args: tuple[Any, ...], priority: int) -> "Future[bool]":
        if not self.waiting.acquire(blocking=False):
            dropped: Future[bool] = Future()
            dropped.set_result(False)
            return dropped
        return self.executor.submit(self._send, task, args, priority)

    def _send(self, task: str, args: tuple[Any, ...], priority: int) -> bool:
        try:
            if time.monotonic() < self.resting_until:
                return False
            app.send_task(task, args=args, priority=priority, ignore_result=True)
        except Exception as error:
            self.resting_until = time.monotonic() + REST
            log.warning("Redis did not take a task; the sweep will do its work", task=task, error=str(error))
            return False
        finally:
            self.waiting.release()
        return True


_sender = Sender()


def _renew() -> None:
    """A forked process has no threads: it needs a sender of its own."""
    global _sender
    _sender = Sender()


os.register_at_fork(after_in_child=_renew)
