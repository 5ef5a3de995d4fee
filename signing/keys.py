"""The console's keys (Ed25519): a file that only the console can read, outside the database and outside Redis.

The file holds the private key of now, and an introduction for each key that followed another: a statement about the new
one, signed by the one before, with which devices learn it by themselves.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from signing.envelope import Envelope, NotGenuine, canonical, signed_bytes

KEY = "key"  # the kind of an introduction
BOTH_ACCEPTED = timedelta(days=90)  # after a new key was introduced


class KeyUnusable(ImproperlyConfigured):
    """There is no key, or it is not kept well; the text says what to do."""


@dataclass(frozen=True)
class Keys:
    private: Ed25519PrivateKey
    introductions: tuple[Envelope, ...] = ()

    @cached_property
    def public(self) -> str:
        """The public key of now, in base64: what a device pins when it enrols."""
        return _text(self.private.public_key().public_bytes_raw())

    @cached_property
    def id(self) -> str:
        return key_id(self.public)

    def sign(self, kind: str, text: str) -> Envelope:
        return {"signed": text, "key": self.id, "signature": _text(self.private.sign(signed_bytes(kind, text)))}

    def open(self, kind: str, envelope: Envelope) -> dict[str, Any]:
        """What was signed, by the key of now or by one that introduced it. Raises `NotGenuine`."""
        key = self._publics.get(envelope["key"])
        if key is None:
            raise NotGenuine(f"the key {envelope['key']} is not of this console")
        try:
            signature = base64.b64decode(envelope["signature"], validate=True)
            key.verify(signature, signed_bytes(kind, envelope["signed"]))
        except (InvalidSignature, ValueError):
            raise NotGenuine("the signature does not fit the text") from None
        return json.loads(envelope["signed"])

    def followed(self, now: datetime) -> Keys:
        """New keys, whose introduction the present key signs."""
        new = Keys(Ed25519PrivateKey.generate())
        told = {"key": new.public, "previous": self.public, "issued": now.isoformat()}
        told["previous_until"] = (now + BOTH_ACCEPTED).isoformat()
        return Keys(new.private, (*self.introductions, self.sign(KEY, canonical(told))))

    @cached_property
    def _publics(self) -> dict[str, Ed25519PublicKey]:
        texts = [self.public, *(json.loads(each["signed"])["previous"] for each in self.introductions)]
        return {key_id(text): Ed25519PublicKey.from_public_bytes(base64.b64decode(text)) for text in texts}


def keys() -> Keys:
    """The keys in the file that KOPPEL_SIGNING_KEY names, read once. Raises `KeyUnusable`."""
    return read(settings.KOPPEL_SIGNING_KEY)


def key_id(public: str) -> str:
    return hashlib.sha256(base64.b64decode(public)).hexdigest()[:16]


def make(path: Path) -> Keys:
    """New keys in a file that is not there yet."""
    new = Keys(Ed25519PrivateKey.generate())
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(path, new)
    except FileExistsError:
        raise KeyUnusable(f"{path} is there already; a new key must be introduced by the one in it.") from None
    return new


def rotate(path: Path, now: datetime) -> Keys:
    """A new key in place of the present one, which introduces it and is forgotten."""
    new, beside = read(path).followed(now), path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    _write(beside, new)
    beside.replace(path)
    read.cache_clear()
    return new


def _write(path: Path, keys: Keys) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        lines = [{"private": _text(keys.private.private_bytes_raw())}, *keys.introductions]
        file.writelines(json.dumps(line) + "\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())


@cache
def read(path: Path) -> Keys:
    """The keys in a file. Raises `KeyUnusable`."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            lines = list(_lines(file.read()))
        private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(lines[0]["private"]))
    except FileNotFoundError:
        raise KeyUnusable(
            f"There is no signing key in {path}. Make one with: manage.py signing_key make; or set KOPPEL_SIGNING_KEY "
            "to the file that holds it."
        ) from None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise KeyUnusable(f"The signing key in {path} cannot be read ({error}).") from error
    if os.name == "posix" and mode & 0o077:
        raise KeyUnusable(f"Others can read the signing key in {path} (mode {mode:o}): set its mode to 600.")
    return Keys(private, tuple(lines[1:]))


def _lines(text: str) -> Iterator[Any]:
    return (json.loads(line) for line in text.splitlines() if line.strip())


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
