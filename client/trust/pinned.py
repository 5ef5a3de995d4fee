"""The keys of the console that this device pinned when it enrolled, and those that they introduced since."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from client.details import Code, Detail, detail
from client.system import processes
from client.trust import ed25519

PREFIX = "koppel/1"
KEY = "key"  # the kind of an introduction
ANOTHER_CLOCK = 86400.0  # seconds that a clock may differ


class Untrusted(Exception):
    """What came is not what this device may believe; `detail` says why."""

    def __init__(self, code: Code, **facts: Any) -> None:
        self.code = code
        self.detail: Detail = detail(code, **facts)
        super().__init__(f"{code.value} {self.detail['facts']}")


class Pinned:
    """By id: `{"public": base64, "until": seconds since 1970 or null}`, in a file that only the client writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys: dict[str, dict[str, Any]] = processes.read(path) or {}

    def pin(self, public: str) -> None:
        """The one key that this device believes from now on."""
        self._keep({key_id(public): {"public": public, "until": None}})

    def open(self, kind: str, envelope: Any) -> dict[str, Any]:
        """What is signed in an envelope, as this kind of thing. Raises `Untrusted`."""
        if not self.keys:
            raise Untrusted(Code.NO_KEY_PINNED)
        try:
            text, key, signature = envelope["signed"], envelope["key"], base64.b64decode(envelope["signature"])
            signed = f"{PREFIX} {kind}\n{text}".encode()
        except (KeyError, TypeError, ValueError):
            raise Untrusted(Code.NOT_SIGNED) from None
        known = self.keys.get(str(key))
        if known is None:
            raise Untrusted(Code.KEY_UNKNOWN, key=key)
        if known["until"] is not None and known["until"] < time.time() - ANOTHER_CLOCK:
            raise Untrusted(Code.KEY_RETIRED, key=key)
        if not ed25519.verify(base64.b64decode(known["public"]), signed, signature):
            raise Untrusted(Code.SIGNATURE_WRONG)
        try:
            opened = json.loads(text)
        except ValueError as error:
            raise Untrusted(Code.SIGNED_UNREADABLE, error=error) from None
        if not isinstance(opened, dict):
            raise Untrusted(Code.SIGNED_UNREADABLE, error=type(opened).__name__)
        return opened

    def learn(self, introductions: Any) -> None:
        """Believe the keys that a known one introduces, in their order; others are passed over."""
        for envelope in introductions if isinstance(introductions, list) else []:
            try:
                told = self.open(KEY, envelope)
                new = {"public": told["key"], "until": None}
                old = {
                    **self.keys[envelope["key"]],
                    "until": datetime.fromisoformat(told["previous_until"]).timestamp(),
                }
                if key_id(told["key"]) not in self.keys:
                    self._keep({**self.keys, envelope["key"]: old, key_id(told["key"]): new})
            except (Untrusted, KeyError, TypeError, ValueError):
                continue

    def _keep(self, keys: dict[str, dict[str, Any]]) -> None:
        processes.write(self.path, keys)
        self.keys = keys


def key_id(public: str) -> str:
    """Raises ValueError when it is no key."""
    raw = base64.b64decode(public, validate=True)
    if len(raw) != 32:
        raise ValueError("a key has 32 bytes")
    return hashlib.sha256(raw).hexdigest()[:16]
