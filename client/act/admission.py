"""Whether a request may run: the console is asked first, and it must be one that this client understands."""

from __future__ import annotations

import logging
import time
from typing import Any

from client.act import content
from client.act.steps import ACTIONS
from client.keep.journal import Journal, Request
from client.talk.backoff import Backoff
from client.talk.connection import Closed, Console, ConsoleError, Refused, Unreachable

log = logging.getLogger("koppel")

WANTED: dict[str, type | tuple[type, ...]] = {
    "id": int,
    "platform": str,
    "run_as": str,
    "requirements": list,
    "detection": dict,
    "install": str,
    "uninstall": str,
    "repair": str,
    "max_run_minutes": (int, float),
}


class Admission:
    """Acknowledges requests. While the console is away those that need its word wait, in their order."""

    def __init__(self, journal: Journal, console: Console) -> None:
        self.journal = journal
        self.console = console
        self._backoff = Backoff()

    def admit(self, request: Request) -> bool:
        """Whether the request is acknowledged now; otherwise the journal says what became of it."""
        try:
            if request.payload.get("own"):
                self._announce(request)
            else:
                self.console.call("POST", f"/requests/{request.id}/acknowledge", {})
        except Closed as error:
            log.info("Request %s is not wanted any more: %s", request.id, error)
            self.journal.move(request.id, "dropped")
            return False
        except Refused as error:
            log.error("Request %s cannot be acknowledged: %s", request.id, error)
            self.journal.move(request.id, "refused")
            return False
        except ConsoleError as error:
            self.wait_for_console(request, error)
            return False
        self._backoff.reset()
        self.journal.move(request.id, "acknowledged")
        return True

    def wait_for_console(self, request: Request, error: ConsoleError) -> None:
        """This request, and those that need the console's word before they run, wait until it is back."""
        pause = self._backoff.pause(error.retry_after)
        log.warning("Request %s waits %.0f s: %s", request.id, pause, error)
        self.journal.wait_for_console(time.time() + pause, request.id)

    def _announce(self, request: Request) -> None:
        """Tell the console of a request of the client's own; when it is away, later, before the result (R27)."""
        body = {"id": request.id, "application": request.payload["application"]["id"]}
        try:
            self.console.call("POST", "/requests", body)
        except Unreachable as error:
            log.info("Request %s goes on without the console: %s", request.id, error)
            self.journal.queue(f"announcement/{request.id}", "POST", "/requests", body)


def fault_in(payload: dict[str, Any]) -> str:
    """What keeps a request from being carried out by this client, as a sentence; usually nothing."""
    if payload.get("action") not in ACTIONS:
        return f"This client does not know the action {payload.get('action')!r}."
    try:
        for step in payload["steps"]:
            if step.get("action", payload["action"]) not in ACTIONS:
                return f"This client does not know the action {step['action']!r}."
            step["application"]["id"], step["application"]["name"], step["application"]["version"]
            for kind in step["deployment_types"]:
                for key, wanted in WANTED.items():
                    if not isinstance(kind[key], wanted):
                        return f"The request cannot be understood: {key} is {kind[key]!r}."
                fault = content.fault_in(kind["content"]) if "content" in kind else ""
                if fault:
                    return fault
        return "" if payload["steps"] and "person" in payload else "The request has no steps or no person."
    except (KeyError, TypeError) as error:
        return f"The request is not complete: {error!r}."
