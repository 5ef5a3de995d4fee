"""Required deployments: what is due and not there is installed by itself, also when the console is away (R27)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from client.keep.journal import Journal
from client.look.choice import Choice
from client.look.detection import NOT_INSTALLED
from client.look.inventory import signed_in

AGAIN_AFTER_FAILURE = 4 * 3600.0  # seconds, unless the policy changed
AGAIN_AFTER_SUCCESS = 3600.0  # it was removed since


def due_at(entry: dict[str, Any]) -> float | None:
    """When a Required application is to be installed, in seconds since 1970; None for one that is not Required."""
    if entry.get("purpose") != "required":
        return None
    times = [entry.get("available_from"), entry.get("deadline")]
    return max([_seconds(text) for text in times if text], default=0.0)


def is_wanted(entry: dict[str, Any], choice: Choice, now: float) -> bool:
    """Whether an application is due, missing, and may be installed on this device for whom it is meant."""
    due = due_at(entry)
    if due is None or due > now or choice.unmet or choice.detection is None:
        return False
    if choice.detection.state != NOT_INSTALLED:
        return False
    return not entry.get("person") or signed_in() == [entry["person"]]


def ask_oneself(journal: Journal, entry: dict[str, Any], revision: str, now: float) -> bool:
    """Journal a request of the client's own, unless there was one lately; whether it did."""
    application, person = entry["application"], entry.get("person")
    key = f"required/{application['id']}/{person or ''}"
    last = journal.recall(key)
    if last and not _long_ago(journal, last, revision, now):
        return False
    id = str(uuid.uuid4())
    journal.remember(**{key: {"id": id, "at": now, "revision": revision}})
    step = {name: entry[name] for name in ("application", "revision", "deployment_types")}
    steps = [*entry.get("before", []), step]  # an older client kept a policy without
    payload = {"id": id, "own": True, "action": "install", "sync_policy": False, "person": person}
    journal.receive({**payload, "application": application, "steps": steps})
    return True


def _long_ago(journal: Journal, last: dict[str, Any], revision: str, now: float) -> bool:
    passed = abs(now - float(last["at"]))
    result = journal.result(last["id"])
    if result and result["outcome"] == "succeeded":
        return passed > AGAIN_AFTER_SUCCESS
    return passed > AGAIN_AFTER_FAILURE or bool(last["revision"] != revision)


def _seconds(text: str) -> float:
    """Seconds since 1970 of a time in ISO 8601; one that cannot be read never comes."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return float("inf")


def next_due(entries: list[dict[str, Any]], now: float) -> float:
    """Seconds until the next Required application is due; infinite when none will be."""
    times = [due_at(entry) for entry in entries]
    return min([when - now for when in times if when is not None and when > now], default=float("inf"))
