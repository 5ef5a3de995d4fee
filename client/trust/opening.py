"""Opens what the console sends: a request or a policy becomes work only when all of it is signed, for this device."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import datetime
from typing import Any

from client.details import Code
from client.keep.journal import Journal
from client.talk.connection import Console
from client.trust.pinned import ANOTHER_CLOCK, Pinned, Untrusted

ORDER, POLICY, DEFINITION = "order", "policy", "definition"  # kinds of envelopes
SLACK = 300.0  # seconds by which the clocks of a console's own machines may differ

Revisions = dict[tuple[int, int], dict[str, Any]]  # by application (id) and number


class Opener:
    """`device` is the number that this device has in the console."""

    def __init__(self, journal: Journal, console: Console, pinned: Pinned, device: int) -> None:
        self.journal = journal
        self.console = console
        self.pinned = pinned
        self.device = device

    def request(self, message: dict[str, Any]) -> dict[str, Any]:
        """What is to be done, as the runner takes it. Raises `Untrusted`."""
        order = self._open(ORDER, message.get("order"))
        try:
            self._check_device(order)
            if order["request"] != message["id"]:
                raise Untrusted(Code.OTHER_REQUEST, request=order["request"])
            if _seconds(order["expires"]) < time.time():
                raise Untrusted(Code.ORDER_EXPIRED, at=order["expires"])
            revisions = self._revisions(message.get("definitions"))
            return {
                "id": order["request"],
                "state": message.get("state"),
                "action": order["action"],
                "sync_policy": order["sync_policy"],
                "application": order["application"],
                "person": order["person"],
                "steps": [self._step(step, revisions) for step in order["steps"]],
            }
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Untrusted(Code.SIGNED_UNREADABLE, error=repr(error)) from error

    def policy(self, answer: dict[str, Any]) -> dict[str, Any]:
        """What is deployed here: `revision`, `evaluate_minutes`, and `applications` with how each is installed."""
        policy = self._open(POLICY, answer.get("policy"))
        try:
            self._check_device(policy)
            now, issued = time.time(), _seconds(policy["issued"])
            if _seconds(policy["expires"]) < now:
                raise Untrusted(Code.ORDER_EXPIRED, at=policy["expires"])
            newest = float(self.journal.recall("policy_issued", 0.0))
            if issued + SLACK < newest <= now + ANOTHER_CLOCK:  # one from a clock that was wrong does not count
                raise Untrusted(Code.POLICY_OLDER, at=policy["issued"])
            revisions = self._revisions(answer.get("definitions"))
            entries = [
                {
                    **entry,
                    **self._step(entry, revisions),
                    "before": [self._step(each, revisions) for each in entry.get("before", [])],
                }
                for entry in policy["applications"]
            ]
            opened = {"revision": policy["revision"], "evaluate_minutes": policy["evaluate_minutes"]}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Untrusted(Code.SIGNED_UNREADABLE, error=repr(error)) from error
        self.journal.remember(policy_issued=issued)
        return {**opened, "applications": entries}

    def _open(self, kind: str, envelope: Any) -> dict[str, Any]:
        """An unknown key may be one that a known one introduced."""
        try:
            return self.pinned.open(kind, envelope)
        except Untrusted as untrusted:
            if untrusted.code is not Code.KEY_UNKNOWN:
                raise
            self.pinned.learn(self.console.call("GET", "/keys").data.get("introductions"))
            return self.pinned.open(kind, envelope)

    def _check_device(self, opened: dict[str, Any]) -> None:
        if opened["device"] != self.device:
            raise Untrusted(Code.OTHER_DEVICE, device=opened["device"])

    def _revisions(self, envelopes: Any) -> Revisions:
        found = {}
        for envelope in envelopes:
            content = self._definition(envelope)
            found[content["application"]["id"], content["revision"]] = content
        return found

    def _definition(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """One revision. That it is signed is found out once; and none that is older than one seen before is taken."""
        digest = hashlib.sha256(json.dumps(envelope, sort_keys=True).encode()).hexdigest()
        content: dict[str, Any]
        content = json.loads(envelope["signed"]) if self.journal.is_known_definition(digest) else {}
        content = content or self._open(DEFINITION, envelope)
        application, number = content["application"]["id"], content["revision"]
        newest = self.journal.newest_revision(application)
        if number < newest:
            raise Untrusted(
                Code.REVISION_OLDER, application=content["application"]["name"], found=number, newest=newest
            )
        self.journal.remember_definition(application, number, digest)
        return content

    def _step(self, named: dict[str, Any], revisions: Revisions) -> dict[str, Any]:
        """What is signed of the revision that an order or a policy names."""
        content = revisions.get((named["application"], named["revision"]))
        if content is None:
            raise Untrusted(Code.DEFINITION_MISSING, application=named["application"], revision=named["revision"])
        return {
            **{name: named[name] for name in ("action", "for", "replaced_by") if name in named},
            "application": content["application"],
            "revision": content["revision"],
            "deployment_types": content["deployment_types"],
        }


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
