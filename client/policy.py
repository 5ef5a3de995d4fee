"""Policy: what the console deploys here, fetched when it changed; and evaluation: what detection finds of it."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from typing import Any

from . import processes
from .backoff import Backoff
from .choice import Choice, choose
from .connection import Console, ConsoleError
from .journal import Journal
from .report import Reporter

log = logging.getLogger("koppel")

EVALUATE_MINUTES = 60
AT_ONCE = 200  # results in one message


class Policy:
    """The loop that keeps policy up to date and evaluates it; `wake` tells it that there is a reason to."""

    def __init__(self, journal: Journal, console: Console, reporter: Reporter, stop: threading.Event) -> None:
        self.journal = journal
        self.console = console
        self.reporter = reporter
        self.stop = stop
        self.wake = threading.Event()
        self._changed = True
        self._evaluate = True

    def changed(self) -> None:
        """The console says that policy changed."""
        self._changed = True
        self.wake.set()

    def evaluate_soon(self) -> None:
        """Something on the device changed."""
        self._evaluate = True
        self.wake.set()

    def restart_needed(self) -> None:
        """An installer says that the device must be restarted: true until it was."""
        self.journal.remember(restart_needed_since_boot=processes.boot())

    def run(self) -> None:
        backoff = Backoff()
        while not self.stop.is_set():
            self.wake.clear()
            pause = self._minutes() * 60.0
            try:
                if self._changed:
                    self._changed = False
                    self.fetch()
                if self._evaluate:
                    self._evaluate = False
                    self.evaluate()
                backoff.reset()
            except ConsoleError as error:
                self._changed = True
                pause = backoff.pause(error.retry_after)
                log.warning("Policy was not fetched: %s Trying again in %.0f s.", error, pause)
            except (OSError, sqlite3.Error) as error:
                self._evaluate = True
                pause = backoff.pause()
                log.error("Policy was not evaluated: %s.", error)
            if not self.wake.wait(pause):
                self._evaluate = True

    def fetch(self) -> None:
        """Get policy from the console, when it is another than the one that is here."""
        answer = self.console.call("GET", "/policy", etag=self.journal.recall("policy_etag", ""))
        if answer.status == 304:
            return
        self.journal.remember(policy=answer.data, policy_etag=answer.etag)
        log.info("Policy now holds %d applications.", len(answer.data.get("applications", [])))
        self.evaluate_soon()

    def evaluate(self) -> None:
        """Look for every application of the policy, and for those ever installed; queue what was found."""
        policy = self.journal.recall("policy")
        if policy is None:
            return
        began = time.time()
        told = {entry["application"]["id"]: self._look(entry) for entry in policy.get("applications", [])}
        kept = {entry["application"]["id"]: entry for entry in self.journal.ever_installed()}
        kept = {id: self._look(entry) for id, entry in kept.items() if id not in told}
        touched = self.journal.touched_since(began)  # of these a result speaks, or soon will
        results = [result for id, result in told.items() if id not in touched]
        parts = [results[first : first + AT_ONCE] for first in range(0, len(results), AT_ONCE)]
        # one message each: the console refuses those that it no longer knows
        parts += [[result] for id, result in kept.items() if id not in touched]
        for number, part in enumerate(parts):
            body = {"policy_revision": policy["revision"], "results": part}
            self.journal.queue(f"evaluation/{number}", "POST", "/evaluation", body)
        self.reporter.wake.set()

    def _look(self, entry: dict[str, Any]) -> dict[str, Any]:
        try:
            choice = choose(entry["deployment_types"], entry.get("person"))
        except (KeyError, TypeError, AttributeError) as error:
            choice = Choice(detail=f"Its deployment types cannot be read: {error!r}.")
        found = choice.detection
        return {
            "application": entry["application"]["id"],
            "deployment_type": choice.deployment_type["id"] if choice.deployment_type else None,
            "detected": found.state if found else "unknown",
            "version": found.version[:64] if found else "",
            "detail": (found.detail if found else choice.detail)[:500],
            "requirements": choice.unmet[:300],
        }

    def _minutes(self) -> float:
        policy = self.journal.recall("policy") or {}
        return max(1.0, float(policy.get("evaluate_minutes") or EVALUATE_MINUTES))
