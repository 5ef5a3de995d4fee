"""Carries out the requests of the journal, one at a time, in the order in which they came."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import threading
import time

from client.act.admission import Admission, fault_in
from client.act.content import Contents, remove_placed
from client.act.execution import Later, Stopping
from client.act.policy import Policy
from client.act.returncodes import RESTARTS
from client.act.steps import SUCCEEDED, Step
from client.details import Detail, now
from client.keep.journal import Journal, Request
from client.keep.state import State
from client.look.inventory import Inventory
from client.talk.backoff import Backoff
from client.talk.connection import Console, ConsoleError
from client.talk.report import Reporter

log = logging.getLogger("koppel")

RETRY_SECONDS = float(os.environ.get("KOPPEL_RETRY_SECONDS", "60"))  # before the first retry; doubled for each next one
MAX_OUTPUT = 80_000  # characters in one result, for all steps together


class Runner:
    """The loop that works; `wake` tells it that the journal has something new."""

    def __init__(
        self,
        state: State,
        journal: Journal,
        console: Console,
        reporter: Reporter,
        policy: Policy,
        inventory: Inventory,
        contents: Contents,
        wake: threading.Event,
        stop: threading.Event,
    ) -> None:
        self.state = state
        self.journal = journal
        self.admission = Admission(journal, console)
        self.reporter = reporter
        self.policy = policy
        self.inventory = inventory
        self.contents = contents
        self.stop = stop
        self.wake = wake
        self._backoff = Backoff()

    def run(self) -> None:
        while not self.stop.is_set():
            self.wake.clear()
            request = self.journal.next_request(time.time())
            if request is None:
                due = self.journal.next_wake()
                self.wake.wait(None if due is None else min(max(due - time.time(), 0.05), 60))
                continue
            try:
                self._carry_out(request)
                self._backoff.reset()
            except Later as later:
                self.journal.note_work(request.id, request.work, later.when)
            except Stopping:
                return
            except (OSError, sqlite3.Error) as error:  # a full disk, say: nothing is lost by waiting
                log.error("Request %s waits: %s.", request.id, error)
                self.stop.wait(self._backoff.pause())
            except Exception as error:
                log.exception("Request %s cannot be carried out.", request.id)
                self._finish(request, "internal", f"{type(error).__name__}: {error}")

    def _carry_out(self, request: Request) -> None:
        if request.state == "received":
            if not self.admission.admit(request):
                return
            self.reporter.tell_who_waits()
        known = self.journal.result(request.id)
        if known:
            self.journal.finish(request.id, known)
            self.reporter.wake.set()
            return
        fault = fault_in(request.payload)
        if fault:
            self._finish(request, "internal", fault)
            return
        work = request.work
        work.setdefault("started_at", now())
        work.setdefault("steps", [])
        if request.payload.get("sync_policy") and not work.get("synced") and not work.get("settle"):
            self.reporter.show_progress(
                request.id, {"phase": "syncing_policy", "percent": None, "text": "", "detail": None}
            )
            if not self._sync_policy(request):
                return
        for number in range(len(work["steps"]), len(request.payload["steps"])):
            if work["steps"] and work["steps"][-1]["reason"] not in SUCCEEDED:
                break
            step = self._step(request, number)
            result = step.carry_out()
            work["steps"].append(result)
            work.update(attempt=None, tries=0)
            if result["detected"] == "installed" or (result["ran"] and step.command == "install"):
                entry = {"application": step.application, "person": request.payload["person"]}
                self.journal.remember_installed({**entry, "deployment_types": step.deployment_types})
            self.journal.note_work(request.id, work)
        self._finish(request)

    def _sync_policy(self, request: Request) -> bool:
        """Get the policy of this moment; without the console the request waits."""
        try:
            self.policy.fetch()
        except ConsoleError as error:
            self.admission.wait_for_console(request, error)
            return False
        request.work["synced"] = True
        return True

    def _step(self, request: Request, number: int) -> Step:
        members = len(request.payload["steps"])

        def progress(phase: str, percent: int | None, text: str, detail: Detail | None) -> None:
            body = {"phase": phase, "percent": percent, "text": text, "detail": detail}
            self.reporter.show_progress(request.id, {**body, "step": number} if members > 1 else body)

        return Step(
            request.payload,
            number,
            request.work,
            lambda: self.journal.note_work(request.id, request.work),
            self.state.runs,
            self.stop,
            progress,
            RETRY_SECONDS,
            self.contents,
        )

    def _finish(self, request: Request, reason: str = "", detail: str = "") -> None:
        """Journal the outcome; the reporter tells it."""
        steps = [dict(step) for step in request.work.get("steps", [])]
        restart = any(step.pop("restart", False) for step in steps)
        failed = next((step["reason"] for step in steps if step["reason"] not in SUCCEEDED), reason)
        asked = zip(request.payload.get("steps", []), steps)
        done = {step["reason"] for named, step in asked if not named.get("for")}
        if reason:
            log.error("Request %s: %s", request.id, detail)
        if any(step["meaning"] in RESTARTS for step in steps):
            self.inventory.restart_needed()
        for step in steps:
            step["output"] = step["output"][-(MAX_OUTPUT // len(steps)) :]
        result = {
            "outcome": "failed" if failed else "succeeded",
            "reason": failed or (done.pop() if len(done) == 1 else ""),
            "started_at": request.work.get("started_at") or now(),
            "finished_at": now(),
            "restart_pending": restart,
            "steps": steps,
        }
        self.journal.finish(request.id, result)
        log.info(
            "Request %s %s%s.", request.id, result["outcome"], f" ({result['reason']})" if result["reason"] else ""
        )
        self.reporter.end_progress(request.id)
        self.policy.evaluate_soon()
        self.inventory.wake.set()
        shutil.rmtree(self.state.runs / request.id, ignore_errors=True)
        remove_placed([request.id])
        self.contents.cache.make_room(0)
