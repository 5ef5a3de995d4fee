"""Finds out by its first bytes what kind of file it is, and lets that kind read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from applications.reading import archive, debian, msi, rpm, script
from applications.reading.suggestion import Suggestion

# What a kind's files begin with, and who reads them. Given the file and its name; None: it is something else after all.
Reader = Callable[[IO[bytes], str], Suggestion | None]
KINDS: tuple[tuple[bytes, Reader], ...] = (
    (debian.MAGIC, debian.read),
    (rpm.MAGIC, rpm.read),
    (msi.MAGIC, msi.read),
    (b"\x7fELF", script.program),
    (b"#!", script.script),
    (b"", archive.read),
)


def read(file: IO[bytes], name: str) -> Suggestion | None:
    """What it says of itself; None for a kind that is not known. Raises Unreadable."""
    file.seek(0)
    first = file.read(16)
    for magic, reader in KINDS:
        if first.startswith(magic):
            file.seek(0)
            if found := reader(file, name):
                return found
    return None
