"""Policy: what the console deploys here, fetched when it changed; and evaluation: what detection finds of it."""

from __future__ import annotations

import logging
import math
import random
import sqlite3
import threading
import time
from typing import Any

from client.act import required
from client.details import Code, detail
from client.keep.journal import Journal
from client.look.choice import Choice, choose
from client.talk.backoff import Backoff
from client.talk.connection import Console, ConsoleError
from client.talk.report import Reporter
from client.trust.opening import Opener
from client.trust.pinned import Untrusted

log = logging.getLogger("koppel")

EVALUATE_MINUTES = 60
AT_ONCE = 200  # results in one message


class Policy:
    """The loop that keeps policy up to date and evaluates it; `wake` tells it that there is a reason to."""

    def __init__(
        self,
        journal: Journal,
        console: Console,
        opener: Opener,
        reporter: Reporter,
        work: threading.Event,
        stop: threading.Event,
    ) -> None:
        self.journal = journal
        self.console = console
        self.opener = opener
        self.reporter = reporter
        self.work = work
        self.stop = stop
        self.wake = threading.Event()
        self._fetch_at = 0.0  # by the monotonic clock
        self._evaluate_at = 0.0

    def changed(self, within: float = 0.0) -> None:
        """Policy changed; or may have, and is asked for at some moment of the next `within` seconds."""
        self._fetch_at = min(self._fetch_at, time.monotonic() + random.uniform(0, within))
        self.wake.set()

    def evaluate_soon(self) -> None:
        """Something on the device changed."""
        self._evaluate_at = 0.0
        self.wake.set()

    def run(self) -> None:
        backoff = Backoff()
        while not self.stop.is_set():
            self.wake.clear()
            try:
                if self._fetch_at <= time.monotonic():
                    self._fetch_at = math.inf
                    self.fetch()
                if self._evaluate_at <= time.monotonic():
                    self._evaluate_at = time.monotonic() + self._minutes() * 60
                    self.changed(within=self._minutes() * 60)  # a lost word of the console is made good
                    self.evaluate()
                backoff.reset()
            except (ConsoleError, OSError, sqlite3.Error) as error:
                pause = backoff.pause(getattr(error, "retry_after", 0.0))
                log.warning("Policy: %s Trying again in %.0f s.", error, pause)
                self._fetch_at = time.monotonic() + pause
                if not isinstance(error, ConsoleError):
                    self._evaluate_at = self._fetch_at
            self.wake.wait(min(max(0.0, min(self._fetch_at, self._evaluate_at) - time.monotonic()), 3600.0))

    def fetch(self) -> None:
        """Get policy from the console, when it is another than the one that is here."""
        answer = self.console.call("GET", "/policy", etag=self.journal.recall("policy_etag", ""))
        if answer.status == 304:
            return
        try:
            policy = self.opener.policy(answer.data)
        except Untrusted as untrusted:
            log.error("The policy is refused, and the one before it stays: %s.", untrusted)
            self.reporter.refuse(None, untrusted.detail)
            return
        self.journal.remember(policy=policy, policy_etag=answer.etag)
        log.info("Policy now holds %d applications.", len(policy["applications"]))
        self.evaluate_soon()

    def evaluate(self) -> None:
        """Look for every application of the policy, and for those ever installed; queue what was found."""
        policy = self.journal.recall("policy")
        if policy is None:
            return
        began = time.time()
        entries = policy.get("applications", [])
        choices = [(entry, self._look(entry)) for entry in entries]
        told = {entry["application"]["id"]: _finding(entry, choice) for entry, choice in choices}
        kept = {entry["application"]["id"]: entry for entry in self.journal.ever_installed()}
        kept = {id: _finding(entry, self._look(entry)) for id, entry in kept.items() if id not in told}
        touched = self.journal.touched_since(began)  # of these a result speaks, or soon will
        results = [result for id, result in told.items() if id not in touched]
        parts = [results[first : first + AT_ONCE] for first in range(0, len(results), AT_ONCE)]
        # one message each: the console refuses those that it no longer knows
        parts += [[result] for id, result in kept.items() if id not in touched]
        for number, part in enumerate(parts):
            body = {"policy_revision": policy["revision"], "results": part}
            self.journal.queue(f"evaluation/{number}", "POST", "/evaluation", body)
        self.reporter.wake.set()
        self._install_what_is_due(choices, touched, policy["revision"])

    def _install_what_is_due(self, choices: list[tuple[dict, Choice]], touched: set[int], revision: str) -> None:
        now = time.time()
        for entry, choice in choices:
            wanted = entry["application"]["id"] not in touched and required.is_wanted(entry, choice, now)
            if wanted and required.ask_oneself(self.journal, entry, revision, now):
                log.info("%s is required and due.", entry["application"]["name"])
                self.work.set()
        due = required.next_due([entry for entry, _ in choices], now)
        self._evaluate_at = min(self._evaluate_at, time.monotonic() + due)

    def _look(self, entry: dict[str, Any]) -> Choice:
        try:
            return choose(entry["deployment_types"], entry.get("person"))
        except (KeyError, TypeError, AttributeError) as error:
            return Choice(detail=detail(Code.DEPLOYMENT_TYPES_UNREADABLE, error=repr(error)))

    def _minutes(self) -> float:
        policy = self.journal.recall("policy") or {}
        return max(1.0, float(policy.get("evaluate_minutes") or EVALUATE_MINUTES))


def _finding(entry: dict[str, Any], choice: Choice) -> dict[str, Any]:
    """What the evaluation says of one application."""
    found = choice.detection
    return {
        "application": entry["application"]["id"],
        "deployment_type": choice.deployment_type["id"] if choice.deployment_type else None,
        "detected": found.state if found else "unknown",
        "version": found.version[:64] if found else "",
        "detail": found.detail if found else choice.detail,
        "requirement": choice.unmet,
    }
