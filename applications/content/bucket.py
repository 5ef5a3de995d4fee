"""A file in a bucket (S3), read where it is asked for: what Django gives would fetch all of it first."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from typing import Any

MEGABYTE = 1024**2


class Remote(io.RawIOBase):
    """`thing`: the object, as boto3 has it."""

    def __init__(self, thing: Any, size: int) -> None:
        self.thing, self.size, self.at = thing, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence])
        return self.at

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self.size - self.at)
        if length <= 0:
            return 0
        came = b"".join(chunks(self.thing, self.at, length, MEGABYTE))
        buffer[: len(came)] = came
        self.at += len(came)
        return len(came)


def opened(thing: Any, size: int) -> io.BufferedReader:
    return io.BufferedReader(Remote(thing, size), MEGABYTE)


def chunks(thing: Any, first: int, length: int, at_once: int) -> Iterator[bytes]:
    """Bytes of it, from `first` on."""
    with closing(thing.get(Range=f"bytes={first}-{first + length - 1}")["Body"]) as body:
        yield from body.iter_chunks(at_once)
