"""Inventory: what kind of machine this is, who is signed in, whether it must restart; told when it changes."""

from __future__ import annotations

import logging
import os
import platform
import socket
import sqlite3
import threading
import time
from typing import Any

from client import VERSION
from client.keep.journal import Journal
from client.platforms import Unknown, here
from client.system import processes
from client.talk.report import Reporter

log = logging.getLogger("koppel")

LOOK_EVERY = 15.0  # seconds
TELL_EVERY = 4 * 3600.0
MAX_PERSONS = 100
ALWAYS_CHANGING = ("disk_mb",)  # told along, but no reason to tell


def inventory(journal: Journal | None = None) -> dict[str, Any]:
    """The machine as it is now. KOPPEL_SIGNED_IN (a,b) and KOPPEL_JOIN_TYPE take the place of what the system says."""
    facts = dict(here.facts())
    facts["client_version"] = VERSION
    facts["host_name"] = host_name()[:255]
    if os.environ.get("KOPPEL_JOIN_TYPE"):
        facts["join_type"] = os.environ["KOPPEL_JOIN_TYPE"]
    facts["signed_in"] = signed_in()
    if journal and journal.recall("restart_needed_since_boot") == processes.boot():
        facts["restart_pending"] = True
    facts["os"] = str(facts["os"])[:100]
    return facts


def host_name() -> str:
    return platform.node() or socket.gethostname()


def signed_in() -> list[str]:
    said = os.environ.get("KOPPEL_SIGNED_IN")
    if said is not None:
        return [name.strip() for name in said.split(",") if name.strip()]
    return here.signed_in()[:MAX_PERSONS]


class Inventory:
    """The loop that looks; `wake` makes it look now."""

    def __init__(self, journal: Journal, reporter: Reporter, stop: threading.Event) -> None:
        self.journal = journal
        self.reporter = reporter
        self.stop = stop
        self.wake = threading.Event()

    def restart_needed(self) -> None:
        """An installer says that the device must be restarted: true until it was."""
        self.journal.remember(restart_needed_since_boot=processes.boot())

    def run(self) -> None:
        told: dict[str, Any] = {}
        told_at = 0.0
        while not self.stop.is_set():
            self.wake.clear()
            try:
                found = inventory(self.journal)
                steady = {key: value for key, value in found.items() if key not in ALWAYS_CHANGING}
                if steady != told or time.monotonic() - told_at > TELL_EVERY:
                    self.journal.queue("inventory", "PUT", "/inventory", found)
                    self.reporter.wake.set()
                    told, told_at = steady, time.monotonic()
            except (OSError, sqlite3.Error, Unknown) as error:
                log.warning("The inventory cannot be made: %s.", error)
            self.wake.wait(LOOK_EVERY)
