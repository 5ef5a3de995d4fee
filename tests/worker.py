"""The Celery application as tests start it: the real one, which says when it listens."""

import os
from pathlib import Path

from celery.signals import worker_ready

from console.celery import app

__all__ = ["app"]


@worker_ready.connect
def ready(**_: object) -> None:
    Path(os.environ["READY_FILE"]).touch()
