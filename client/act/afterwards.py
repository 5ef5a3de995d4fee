"""What detection finds after a command, which may have ended before what it started does."""

from __future__ import annotations

import os
import threading
import time
from typing import Any, NamedTuple

from client.act.execution import Execution, Outcome, Stopping
from client.look.detection import Detection, detect
from client.platforms import Account

# How long detection is repeated after a command, and all of its process group, has ended.
SETTLE_SECONDS = float(os.environ.get("KOPPEL_SETTLE_SECONDS", "30"))


class Seen(NamedTuple):
    """What detection finds after a command, and how that ended, with all that it had started."""

    after: Detection
    outcome: Outcome


def look_after(
    kind: dict[str, Any],
    account: Account,
    promised: str,
    execution: Execution,
    outcome: Outcome,
    stop: threading.Event,
    *,
    patient: bool,
) -> Seen:
    """Look once; or, where a command says that all went well and nothing is to be seen of it, again: as long as what it
    started goes on, at most until its time is over, and then for a while."""
    pause, quiet_since = 0.05, None
    while True:
        busy = patient and execution.leaves_running()  # first, so that an end between the two is looked at
        after = detect(kind["detection"], account)
        if after.state == promised or not patient:
            return Seen(after, outcome)
        if busy and execution.is_overdue():
            execution.end_what_is_left()
            return Seen(detect(kind["detection"], account), outcome._replace(timed_out=True))
        quiet_since = None if busy else quiet_since or time.monotonic()
        if quiet_since is not None and time.monotonic() - quiet_since >= SETTLE_SECONDS:
            return Seen(after, outcome)
        if stop.wait(pause):
            raise Stopping
        pause = min(pause * 1.5, 5)
