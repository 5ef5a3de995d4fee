"""How passwords are kept: of no use without the secret key; and at most two are hashed at once in a process."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils.crypto import constant_time_compare

from pages.sign_in.proofs.keys import keys_for

MAX_HASHES = 2
MAX_INSIDE = 6  # those that are hashed and those that wait for it; each holds a thread and a database connection

slots = threading.BoundedSemaphore(MAX_HASHES)
places = threading.BoundedSemaphore(MAX_INSIDE)


class Hasher(PBKDF2PasswordHasher):
    """Django's own, one after the other, and what comes out sealed with a key that is not in the database: whoever
    reads the database has nothing to guess passwords on, and whoever writes into it can write no password there."""

    algorithm = "koppel_pbkdf2_sha256"

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with slots:
            hashed = super().encode(password, salt, iterations)
        return sealed(hashed, keys_for("password")[0])

    def verify(self, password: str, encoded: str) -> bool:
        """With each key, so that passwords outlive a change of the secret key."""
        known = self.decode(encoded)
        with slots:
            hashed = super().encode(password, str(known["salt"]), int(known["iterations"]))
        return any(constant_time_compare(encoded, sealed(hashed, key)) for key in keys_for("password"))

    def must_update(self, encoded: str) -> bool:
        """Also when it was sealed with a former key: its first letters tell."""
        sealed_now = str(self.decode(encoded)["hash"]).startswith(sign_of(keys_for("password")[0]))
        return super().must_update(encoded) or not sealed_now


def sealed(hashed: str, key: bytes) -> str:
    """`hashed`: algorithm$iterations$salt$hash, as Django makes it."""
    beginning, _, secret = hashed.rpartition("$")
    seal = base64.b64encode(hmac.digest(key, secret.encode(), hashlib.sha256)).decode()
    return f"{beginning}${sign_of(key)}{seal}"


def sign_of(key: bytes) -> str:
    """By which a key is told from another."""
    return hmac.digest(key, b"sign", hashlib.sha256).hex()[:8] + "."


class Busy(Exception):
    """So many passwords are being looked at that this one is for later."""


@contextmanager
def place() -> Iterator[None]:
    """Takes a place for one password, or raises Busy at once."""
    if not places.acquire(blocking=False):
        raise Busy
    try:
        yield
    finally:
        places.release()
