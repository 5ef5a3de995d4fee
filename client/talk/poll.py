"""Asks the console what there is to do, when there is no stream that would tell; and once at the start."""

from __future__ import annotations

import logging
import random
import threading
from typing import Any, Callable

from client.talk.connection import Console, ConsoleError

log = logging.getLogger("koppel")

MIN_PAUSE = 5.0  # seconds between two questions, growing to the longest
MAX_PAUSE = 60.0


class Poll:
    """The loop that asks while the stream is not live."""

    def __init__(
        self,
        console: Console,
        handle: Callable[[str, Any], None],
        connected: Callable[[bool], None],
        live: threading.Event,
        stop: threading.Event,
    ) -> None:
        self.console = console
        self.handle = handle
        self.connected = connected
        self.live = live
        self.stop = stop
        self.wake = threading.Event()

    def run(self) -> None:
        pause, asked, failed = MIN_PAUSE, False, False
        while not self.stop.is_set():
            at_least = 0.0
            if asked and self.live.is_set():
                pause = MIN_PAUSE
            else:
                try:
                    answer = self.console.call("GET", "/requests")
                    if failed:
                        self.connected(not asked)
                    asked, failed = True, False
                    self.handle("requests", answer.data)
                except ConsoleError as error:
                    log.info("Asking for requests: %s", error)
                    at_least, failed = error.retry_after, True
                pause = min(pause * 1.5, MAX_PAUSE)
            self.stop.wait(max(at_least, random.uniform(pause / 2, pause) if pause > MIN_PAUSE else pause))
