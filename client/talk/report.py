"""Tells the console what the journal has to tell, until the console confirms it; progress only while it is fresh."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from client.details import Detail
from client.keep.journal import Journal
from client.talk.backoff import Backoff
from client.talk.connection import Closed, Console, ConsoleError, Refused

log = logging.getLogger("koppel")

PROGRESS_EVERY = 1.0  # seconds
MAX_RECEIPT = 500  # requests in one receipt


class Reporter:
    """The loop that sends; `wake` tells it that there is something to send, or that the console is back."""

    def __init__(self, journal: Journal, console: Console, stop: threading.Event) -> None:
        self.journal = journal
        self.console = console
        self.stop = stop
        self.wake = threading.Event()
        self._backoff = Backoff()
        self._held: dict[
            str, tuple[Backoff, float]
        ] = {}  # messages that failed by themselves, and until when they wait
        self._progress: dict[str, dict[str, Any]] = {}
        self._progress_due = 0.0
        self._lock = threading.Lock()

    def show_progress(self, id: str, body: dict[str, Any]) -> None:
        """Tell how far a request is, soon; a newer call replaces an older one, and it may be lost."""
        with self._lock:
            self._progress[id] = body
        self.wake.set()

    def end_progress(self, id: str) -> None:
        """A request is at its end: its result says the rest."""
        with self._lock:
            self._progress.pop(id, None)
        self.wake.set()

    def refuse(self, id: str | None, why: Detail) -> None:
        """Tell the console that a request (None: the policy) is not believed."""
        self.journal.queue(f"refusal/{id or 'policy'}", "POST", "/refusals", {"request": id, "detail": why})
        self.wake.set()

    def tell_who_waits(self) -> None:
        """One receipt for all that waits here: the console need not send it again."""
        waiting, ahead = self.journal.waiting()
        if waiting:
            body = {"requests": waiting[:MAX_RECEIPT], "behind": ahead}
            self.journal.queue("receipt", "POST", "/requests/received", body)
            self.wake.set()

    def console_is_back(self) -> None:
        """Whatever waits need not wait any longer."""
        self._backoff.reset()
        self._held.clear()
        self.wake.set()

    def run(self) -> None:
        while not self.stop.is_set():
            self.wake.clear()
            pause = min(self._send_progress(), self._send_messages())
            self.wake.wait(pause)

    def _send_messages(self) -> float:
        """Send every message that is due; seconds until the next one is."""
        pause = 3600.0
        messages = self.journal.messages()
        keys = {message.key for message in messages}
        for message in messages:
            if message.key.replace("result/", "announcement/") in keys - {message.key}:
                continue  # the console does not know of this request yet
            backoff, due = self._held.get(message.key, (Backoff(), 0.0))
            if due > time.monotonic():
                pause = min(pause, due - time.monotonic())
                continue
            try:
                self.console.call(message.method, message.path, message.body)
                self.journal.told(message)
            except Closed as error:
                log.info("The console no longer wants %s: %s", message.key, error)
                self.journal.told(message)
                self.journal.unwanted(message)
            except Refused as error:
                log.error("The console refuses %s, which is a fault in this client: %s", message.key, error)
                self.journal.told(message, refused=True)
                if error.code == "application_unknown":
                    self.journal.forget_installed([one["application"] for one in message.body.get("results", [])])
            except ConsoleError as error:
                if error.status and error.status not in (401, 403, 429):  # this message's own trouble, perhaps
                    wait = backoff.pause(error.retry_after)
                    self._held[message.key] = (backoff, time.monotonic() + wait)
                    pause = min(pause, wait)
                    log.warning("%s The console gets %s again in %.0f s.", error, message.key, wait)
                    continue
                wait = self._backoff.pause(error.retry_after)
                log.warning("%s It gets %s in %.0f s.", error, message.key, wait)
                return min(pause, wait)
            keys.discard(message.key)
            self._held.pop(message.key, None)
            self._backoff.reset()
            if self.stop.is_set():
                break
        return pause

    def _send_progress(self) -> float:
        """Send the newest progress of each request, at most once a second; seconds until it may be sent."""
        with self._lock:
            if not self._progress:
                return 3600.0
            wait = self._progress_due - time.monotonic()
            if wait > 0:
                return wait
            waiting, self._progress = self._progress, {}
        self._progress_due = time.monotonic() + PROGRESS_EVERY
        for id, body in waiting.items():
            try:
                self.console.call("POST", f"/requests/{id}/progress", body)
            except ConsoleError as error:
                log.info("Progress was not taken: %s", error)
        return 3600.0
