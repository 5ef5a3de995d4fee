"""At most two passwords are hashed at once in a process, and few wait: a crowd that signs in stops nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import PBKDF2PasswordHasher

MAX_HASHES = 2
MAX_INSIDE = 6  # those that are hashed and those that wait for it; each holds a thread and a database connection

slots = threading.BoundedSemaphore(MAX_HASHES)
places = threading.BoundedSemaphore(MAX_INSIDE)


class Hasher(PBKDF2PasswordHasher):
    """Django's own, one after the other."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with slots:
            return super().encode(password, salt, iterations)


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
