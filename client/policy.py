"""Policy: what the console deploys here, fetched when it changed, and what detection finds of each application, reported."""

from __future__ import annotations

import logging
import sqlite3
import threading
from typing import Any, Dict, List

from . import processes
from .backoff import Backoff
from .choice import choose
from .connection import Console, ConsoleError
from .journal import Journal
from .report import Reporter

log = logging.getLogger("koppel")

EVALUATE_MINUTES = 60
AT_ONCE = 1000  # results in one message


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
        results = [self._look(entry) for entry in self._entries(policy)]
        busy = {
            step["application"]["id"] for request in self.journal.open_requests() for step in request.payload["steps"]
        }
        results = [result for result in results if result["application"] not in busy]
        for first in range(0, len(results), AT_ONCE):
            body = {"policy_revision": policy["revision"], "results": results[first : first + AT_ONCE]}
            self.journal.queue(f"evaluation/{first // AT_ONCE}", "POST", "/evaluation", body)
        self.reporter.wake.set()

    def _entries(self, policy: Dict[str, Any]) -> List[Dict[str, Any]]:
        """One entry for each application; what policy says comes before what was remembered."""
        entries: Dict[int, Dict[str, Any]] = {}
        for entry in policy.get("applications", []) + self.journal.ever_installed():
            entries.setdefault(entry["application"]["id"], entry)
        return list(entries.values())

    def _look(self, entry: Dict[str, Any]) -> Dict[str, Any]:
        choice = choose(entry["deployment_types"], entry.get("person"))
        found = choice.detection
        return {
            "application": entry["application"]["id"],
            "deployment_type": choice.deployment_type["id"] if choice.deployment_type else None,
            "detected": found.state if found else "unknown",
            "version": found.version[:100] if found else "",
            "detail": (found.detail if found else choice.detail)[:2000],
            "requirements": choice.unmet[:2000],
        }

    def _minutes(self) -> float:
        policy = self.journal.recall("policy") or {}
        return max(1.0, float(policy.get("evaluate_minutes") or EVALUATE_MINUTES))
