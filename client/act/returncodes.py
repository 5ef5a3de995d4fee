"""What an exit code means, by the table of the deployment type."""

from __future__ import annotations

import re

STANDARD = {"0": "success", "1707": "success", "3010": "restart", "1641": "restart_started", "1618": "retry"}
RESTARTS = ("restart", "restart_started")
SUCCESSES = ("success", *RESTARTS)


# How a package manager says that another one is at work: its exit code and what it prints, of apt in any language.
LOCKED = (
    (100, re.compile(r"/var/(?:lib/dpkg|lib/apt/lists|cache/apt/archives)/lock(?![^\n]*\(13:)")),
    (2, re.compile(r"^dpkg: .*locked by another process", re.MULTILINE)),
    (7, re.compile(r"^System management is locked", re.MULTILINE)),  # zypper
    (1, re.compile(r"^error: can't create transaction lock on .*\(Resource temporarily unavailable\)", re.MULTILINE)),
)


def is_locked(exit_code: int, printed: str) -> bool:
    """Whether a package manager waits for another: it is to be tried again, and has not failed."""
    return any(exit_code == code and said.search(printed) for code, said in LOCKED)


def meaning(exit_code: int, table: dict | None) -> str:
    """`success`, `restart`, `restart_started`, `retry` or, for a code that is not in the table, `failure`."""
    return (table or STANDARD).get(str(exit_code), "failure")
