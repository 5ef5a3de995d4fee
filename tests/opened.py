"""Opens what the console hands to clients, as a client would: what was signed, or an error."""

from __future__ import annotations

from typing import Any

from applications.policy.policy import POLICY
from applications.revisions.definitions import DEFINITION
from applications.revisions.orders import ORDER
from signing.keys import keys


def request(message: dict[str, Any]) -> dict[str, Any]:
    """The order, each of its steps with the definition that it names."""
    order, named = keys().open(ORDER, message["order"]), _definitions(message)
    assert order["request"] == message["id"]
    return {**order, "steps": [named[step["application"], step["revision"]] for step in order["steps"]]}


def policy(answer: dict[str, Any]) -> dict[str, Any]:
    """The policy, each of its applications with the definition that it names."""
    policy, named = keys().open(POLICY, answer["policy"]), _definitions(answer)
    entries = [{**entry, **named[entry["application"], entry["revision"]]} for entry in policy["applications"]]
    return {**policy, "applications": entries}


def _definitions(message: dict[str, Any]) -> dict[tuple[int, int], dict[str, Any]]:
    found = [keys().open(DEFINITION, envelope) for envelope in message["definitions"]]
    return {(each["application"]["id"], each["revision"]): each for each in found}
