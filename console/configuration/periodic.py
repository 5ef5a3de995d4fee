"""When beat starts the periodic tasks, also after the clock of its host was wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler
from celery.utils.time import maybe_make_aware

TOLERANCE = timedelta(seconds=1)
CLOCKS_DIFFER = 60  # seconds by which a worker's clock may be ahead of beat's without a task being too old for it


def expiring(seconds: int) -> dict[str, int]:
    """What nobody takes is dropped in the end, but not at the next one: a worker compares the moment that beat wrote
    with its own clock."""
    return {"expires": seconds + CLOCKS_DIFFER}


class Scheduler(PersistentScheduler):
    """A last run in the future counts as now; else a clock that was ahead would silence beat until that moment."""

    def setup_schedule(self) -> None:
        super().setup_schedule()
        self.forget_the_future()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if self.forget_the_future():
            self._heap = None  # its times came from the wrong clock
        seconds: float = super().tick(*args, **kwargs)
        return seconds

    def forget_the_future(self) -> bool:
        """Whether there was any."""
        found = False
        for entry in self.schedule.values():
            now = maybe_make_aware(entry.default_now())
            if entry.last_run_at and maybe_make_aware(entry.last_run_at) > now + TOLERANCE:
                entry.last_run_at, found = now, True
        return found
