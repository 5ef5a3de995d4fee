"""Hands tasks to Celery without making anybody wait for Redis: hints that may be lost, because a sweep repairs them."""

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import structlog
from celery import Task

MAX_WAITING = 1000  # tasks; beyond that they are dropped
PAUSE = 1.0  # seconds without an attempt after one that failed
AT_ONCE, SOON = 0, 6  # priorities: what somebody waits for goes before what concerns a crowd

log = structlog.get_logger(__name__)


def enqueue(task: Task, *args: Any, priority: int = SOON) -> "Future[bool]":
    """Sends the task in the background. The answer's result: whether Redis took it; it never raises."""
    return _sender.send(task, args, priority)


class Sender:
    """One thread that talks to Redis. A Redis that is down or frozen costs that thread seconds, and nobody else."""

    def __init__(self) -> None:
        self.executor = ThreadPoolExecutor(1, thread_name_prefix="enqueue")
        self.waiting = threading.BoundedSemaphore(MAX_WAITING)
        self.paused_until = 0.0

    def send(self, task: Task, args: tuple[Any, ...], priority: int) -> "Future[bool]":
        if not self.waiting.acquire(blocking=False):
            dropped: Future[bool] = Future()
            dropped.set_result(False)
            return dropped
        return self.executor.submit(self._send, task, args, priority)

    def _send(self, task: Task, args: tuple[Any, ...], priority: int) -> bool:
        try:
            if time.monotonic() < self.paused_until:
                return False
            task.apply_async(args=args, priority=priority, ignore_result=True)
        except Exception as error:
            self.paused_until = time.monotonic() + PAUSE
            log.warning("Redis did not take a task; the sweep will do its work", task=task.name, error=str(error))
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
