"""One application of a request: detect, run the command, detect again; journaled before each next thing."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Any, Callable, Optional

from client.act import returncodes
from client.act.afterwards import look_after
from client.act.content import Contents, needed, remove_placed
from client.act.execution import Execution, Later, Outcome, folder_of, newest
from client.details import Code, Detail, detail, moment
from client.look.choice import Choice, account_for, choose
from client.look.detection import INSTALLED, NOT_INSTALLED, UNKNOWN, Detection
from client.platforms import here
from client.talk.backoff import Backoff

log = logging.getLogger("koppel")

# action: the command it runs, what detection must find afterwards, the phase it shows
ACTIONS = {
    "install": ("install", INSTALLED, "installing"),
    "reinstall": ("install", INSTALLED, "installing"),
    "repair": ("repair", INSTALLED, "repairing"),
    "uninstall": ("uninstall", NOT_INSTALLED, "uninstalling"),
    "reevaluate": ("", "", "detecting"),
}
NOTHING_TO_DO = {("install", INSTALLED): "already_installed", ("uninstall", NOT_INSTALLED): "already_absent"}
SUCCEEDED = ("", "already_installed", "already_absent", "not_needed", "settled", "despite_exit_code")
NO_COMMAND = {
    "install": Code.NO_INSTALL_COMMAND,
    "uninstall": Code.NO_UNINSTALL_COMMAND,
    "repair": Code.NO_REPAIR_COMMAND,
}
MAX_TRIES = 10
Progress = Callable[[str, Optional[int], str, Optional[Detail]], None]  # phase, percent, what was printed, what is told


class Step:
    """A step of a request. `work` is the request's journaled memory; `save` writes it down."""

    def __init__(
        self,
        request: dict[str, Any],
        number: int,
        work: dict[str, Any],
        save: Callable[[], None],
        runs: Path,
        stop: threading.Event,
        progress: Progress,
        retry_seconds: float,
        contents: Contents,
    ) -> None:
        self.request = request
        self.number = number
        self.application = request["steps"][number]["application"]
        self.revision = request["steps"][number]["revision"]
        self.deployment_types = request["steps"][number]["deployment_types"]
        self.work = work
        self.save = save
        self.runs = runs
        self.stop = stop
        self.progress = progress
        self.retry_seconds = retry_seconds
        self.action = request["steps"][number].get("action", request["action"])
        self.command, self.promised, self.phase = ACTIONS[self.action]
        self.contents = contents

    def carry_out(self) -> dict[str, Any]:
        """The step's part of the result. Raises Later or Stopping when it is not at its end yet."""
        if not self.work.get("attempt") and self._is_needless():
            return self._result(reason="not_needed")
        if self.work.get("settle"):
            return self._settle()
        if not self.work.get("attempt"):
            result = self._decide()
            if result:
                return result
        return self._run()

    def _is_needless(self) -> bool:
        """Whether it goes before others of which none will be installed now: one is there already, or may not be here;
        or it would make room for what is there."""
        here_for = self.request["steps"][self.number]
        if not here_for.get("for"):
            return False
        if here_for.get("replaced_by") and self._look_ahead(here_for["replaced_by"])["installed"]:
            return True
        return not any(self._look_ahead(application)["comes"] for application in here_for["for"])

    def _look_ahead(self, application: int) -> dict[str, bool]:
        """Whether another step finds its application installed, and whether it will install it; looked at once, before
        anything of the request is done."""
        known: dict[str, dict[str, bool]] = self.work.setdefault("ahead", {})
        if str(application) not in known:
            step = next(each for each in self.request["steps"] if each["application"]["id"] == application)
            action = step.get("action", self.request["action"])
            choice = choose(step["deployment_types"], self.request["person"])
            state = choice.detection.state if choice.detection else UNKNOWN
            settled = (action, state) in NOTHING_TO_DO or (action == "install" and state == UNKNOWN)
            known[str(application)] = {"installed": state == INSTALLED, "comes": not settled and not choice.unmet}
        return known[str(application)]

    def _decide(self) -> dict[str, Any] | None:
        """A result when there is nothing to run; otherwise the attempt is journaled."""
        self.progress("detecting", None, "", None)
        choice = choose(self.deployment_types, self.request["person"])
        if not choice.deployment_type or not choice.account or not choice.detection:
            return self._result(reason=choice.reason, detail=choice.detail)
        action, before = self.action, choice.detection
        found = {
            "deployment_type": choice.deployment_type["id"],
            "detected_before": before.state,
            "version": before.version,
            "detail": before.detail,
        }
        if action == "reevaluate":
            return self._reevaluated(choice, {**found, "detected": before.state})
        if (action, before.state) in NOTHING_TO_DO:
            return self._result(**{**found, "reason": NOTHING_TO_DO[action, before.state], "detected": before.state})
        if self.command == "install" and choice.unmet:
            return self._result(**{**found, "reason": "requirements_not_met", "detail": choice.unmet})
        command = choice.deployment_type[self.command].strip()
        if not command:
            return self._result(**{**found, "reason": "no_command", "detail": detail(NO_COMMAND[self.command])})
        if before.state == UNKNOWN and action in ("install", "uninstall"):
            return self._result(**{**found, "reason": "detection_unknown"})
        content = needed(choice.deployment_type.get("content"), action, command)
        pause = Backoff(min(1.0, self.retry_seconds))
        why = self.contents.have(content, self.work, pause, lambda *told: self.progress("downloading", *told))
        if why:
            return self._result(**{**found, "reason": "no_content", "detail": why})
        self._prepare(choice, command, content)
        return None

    def _prepare(self, choice: Choice, command: str, content: dict[str, Any] | None) -> None:
        """Everything that a later client needs to know, on the disk before the command starts."""
        assert choice.deployment_type
        assert choice.account
        assert choice.detection
        number = self.work.get("tries", 0) + 1
        environment = {
            "KOPPEL_REQUEST": self.request["id"],
            "KOPPEL_ACTION": self.action,
            "KOPPEL_APPLICATION": self.application["name"],
            "KOPPEL_VERSION": self.application["version"],
            "KOPPEL_PERSON": self.request["person"] or "",
        }
        folder = folder_of(self.runs, self.request["id"], self.number, number)
        if content:
            environment["KOPPEL_CONTENT"] = str(self.contents.place(content, folder, choice.account))
        Execution(folder).prepare(
            command,
            choice.account,
            environment,
            choice.deployment_type["max_run_minutes"],
            environment.get("KOPPEL_CONTENT", ""),
        )
        self.work["tries"] = number
        self.work["attempt"] = {
            "deployment_type": choice.deployment_type["id"],
            "detected_before": choice.detection.state,
            "restart_pending": here.facts()["restart_pending"],
        }
        self.save()

    def _run(self) -> dict[str, Any]:
        """Run the attempt, or find the one that runs or ran already, and judge it."""
        self.progress(self.phase, None, "", None)
        folder = folder_of(self.runs, self.request["id"], self.number, self.work["tries"])
        execution = Execution(folder)
        if execution.is_busy():
            log.info("Request %s: its command still runs; it is found again.", self.request["id"])
        outcome = execution.wait(self.stop, lambda percent, text: self.progress(self.phase, percent, text, None))
        attempt = self.work["attempt"]
        kind = next(kind for kind in self.deployment_types if kind["id"] == attempt["deployment_type"])
        meaning = "" if outcome.exit_code is None else returncodes.meaning(outcome.exit_code, kind.get("return_codes"))
        if outcome.timed_out:
            meaning = "failure"
        if meaning == "failure" and returncodes.is_locked(outcome.exit_code or 0, execution.printed()):
            meaning = "retry"
        if meaning == "retry" and self.work["tries"] < MAX_TRIES:
            self._again_later(outcome)
        self.progress("detecting", None, "", None)
        looking = (account_for(kind, self.request["person"]), self.promised, execution, outcome, self.stop)
        after, outcome = look_after(kind, *looking, patient=meaning in returncodes.SUCCESSES)
        reason, told = self._judge(outcome, meaning, after, kind["max_run_minutes"])
        log.info("Request %s: %s ended with exit code %s.", self.request["id"], self.command, outcome.exit_code)
        return self._result(
            deployment_type=kind["id"],
            reason=reason,
            ran=not outcome.start_failed,
            exit_code=outcome.exit_code,
            meaning=meaning,
            detected_before=attempt["detected_before"],
            detected=after.state,
            version=after.version,
            detail=told,
            output=execution.printed(),
            restart=meaning in returncodes.RESTARTS
            or bool(here.facts()["restart_pending"] and not attempt["restart_pending"]),
        )

    def _again_later(self, outcome: Outcome) -> None:
        tries = self.work["tries"]
        pause = min(self.retry_seconds * 2 ** (tries - 1), 3600)
        when = time.time() + pause
        at = moment(when)
        self.work["attempt"] = None
        remove_placed([self.request["id"]])
        self.progress("waiting_retry", None, "", detail(Code.RETRY, number=tries, of=MAX_TRIES, at=at))
        log.info("Request %s: exit code %s means try again, at %s.", self.request["id"], outcome.exit_code, at)
        raise Later(when)

    def _judge(self, outcome: Outcome, meaning: str, after: Detection, minutes: float) -> tuple[str, Detail | None]:
        """(reason, detail) of a command that ended: installed is what detection finds, whatever the exit code says."""
        kept = after.state == self.promised
        if outcome.start_failed:
            return "start_failed", outcome.start_failed
        if outcome.timed_out:
            return "timed_out", detail(Code.TIME_OVER, minutes=minutes)
        if not outcome.known:
            if kept:
                return "settled", detail(Code.END_UNSEEN)
            return "interrupted", after.detail
        if meaning == "retry":
            return "retries_exhausted", detail(Code.TRIES, tries=MAX_TRIES)
        if meaning not in returncodes.SUCCESSES:
            came = kept and self.work["attempt"]["detected_before"] != self.promised
            return "despite_exit_code" if came else "exit_code", None
        if kept:
            return "", after.detail
        if after.state == UNKNOWN:
            return "detection_unknown", after.detail
        return "not_detected" if self.promised == INSTALLED else "still_detected", after.detail

    def _reevaluated(self, choice: Choice, found: dict[str, Any]) -> dict[str, Any]:
        if found["detected"] == UNKNOWN:
            return self._result(**{**found, "reason": "detection_unknown"})
        if found["detected"] == NOT_INSTALLED and choice.unmet:
            return self._result(**{**found, "reason": "requirements_not_met", "detail": choice.unmet})
        return self._result(**found)

    def _settle(self) -> dict[str, Any]:
        """The console says this client was on it, the journal does not know: never run it, look at what there is."""
        earlier = newest(self.runs, self.request["id"], self.number)
        if earlier and earlier.is_busy():
            raise Later(time.time() + 2)
        choice = choose(self.deployment_types, self.request["person"])
        if not choice.deployment_type or not choice.detection:
            return self._result(reason=choice.reason, detail=choice.detail)
        found = {
            "deployment_type": choice.deployment_type["id"],
            "detected": choice.detection.state,
            "version": choice.detection.version,
            "output": earlier.printed() if earlier else "",
        }
        if self.action == "reevaluate":
            return self._reevaluated(choice, {**found, "detail": choice.detection.detail})
        if choice.detection.state == self.promised:
            return self._result(**found, reason="settled", detail=detail(Code.JOURNAL_LOST))
        return self._result(**found, reason="interrupted", detail=choice.detection.detail)

    def _result(self, **known: Any) -> dict[str, Any]:
        blank = {
            "application": self.application["id"],
            "revision": self.revision,
            **({"action": self.action} if self.action != self.request["action"] else {}),
            "deployment_type": None,
            "reason": "",
            "ran": False,
            "exit_code": None,
            "meaning": "",
            "detected_before": None,
            "detected": None,
            "version": "",
            "detail": None,
            "output": "",
        }
        result = {**blank, **known}
        result["version"] = result["version"][:64]
        return result
