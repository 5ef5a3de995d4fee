"""An envelope: a text exactly as it was signed, which key signed it, and the signature (docs/protocol.md)."""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypedDict

PREFIX = "koppel/1"


class Envelope(TypedDict):
    """`key` is the id of the key, `signature` is in base64."""

    signed: str
    key: str
    signature: str


class NotGenuine(Exception):
    """Nobody with a key of this console signed this text as this kind of thing."""


def canonical(content: dict[str, Any]) -> str:
    """The same text for the same content."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def signed_bytes(kind: str, text: str) -> bytes:
    """What the signature is over; it begins with the kind, so that nothing passes for something of another kind."""
    return f"{PREFIX} {kind}\n{text}".encode()
