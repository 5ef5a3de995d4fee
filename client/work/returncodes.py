"""What an exit code means, by the table of the deployment type."""

from __future__ import annotations

STANDARD = {"0": "success", "1707": "success", "3010": "restart", "1641": "restart_started", "1618": "retry"}
RESTARTS = ("restart", "restart_started")
SUCCESSES = ("success", *RESTARTS)


def meaning(exit_code: int, table: dict | None) -> str:
    """`success`, `restart`, `restart_started`, `retry` or, for a code that is not in the table, `failure`."""
    return (table or STANDARD).get(str(exit_code), "failure")
