"""What a command printed: read without ever holding much of it, made safe to send."""

from __future__ import annotations

import codecs
import os
import re
from pathlib import Path

TAIL = 4000  # characters of output in a result
CHUNK = 64 * 1024  # bytes looked at in one go
PROGRESS = re.compile(rb"^koppel-progress:[ \t]*(\d{1,3})(?:[ \t]+([^\r\n]*))?\r?$", re.MULTILINE)
ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # colours and the like
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def text_of(data: bytes) -> str:
    """Bytes as text: in UTF-16 where a mark or its zeros say so, else in UTF-8, whatever they are."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0" in data:
        return data[: len(data) // 2 * 2].decode("utf-16", "replace")
    if len(data) >= 4 and data[1:4:2] == b"\0\0":
        return data[: len(data) // 2 * 2].decode("utf-16-le", "replace")
    if len(data) >= 4 and data[0:3:2] == b"\0\0":
        return data[: len(data) // 2 * 2].decode("utf-16-be", "replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


def clean(data: bytes, length: int = TAIL) -> str:
    """The last characters of an output as text, whatever bytes it is made of; control characters become spaces."""
    text = ESCAPE.sub("", text_of(data)).replace("\r\n", "\n").replace("\r", "\n")
    return CONTROL.sub(" ", text)[-length:]


def tail(path: Path) -> str:
    """The last TAIL characters of a file, or nothing when there is no such file."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 4 * TAIL))
            return clean(file.read(4 * TAIL))
    except FileNotFoundError:
        return ""


def keep_tail(path: Path, most: int, keep: int) -> None:
    """Shorten a file that grew beyond `most` bytes to its last `keep`; whoever appends to it simply goes on."""
    size = path.stat().st_size
    if size <= most:
        return
    with open(path, "r+b") as file:
        file.seek(max(0, size - keep))
        rest = file.read(keep)
        file.truncate(0)
    with open(path, "ab") as file:
        file.write(rest)


class Follower:
    """Reads what is new in an output file and finds the last line of progress in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self.rest = b""

    def progress(self) -> tuple[int, str] | None:
        """(percent, text) of the newest `koppel-progress: 64 Copying files` since the last call, if any."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return None
        if size == self.offset:
            return None
        if size < self.offset or size - self.offset > CHUNK:  # shortened, or more than is worth reading
            self.offset, self.rest = max(0, size - CHUNK), b""
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            data = self.rest + file.read(CHUNK)
            self.offset = file.tell()
        whole, _, self.rest = data.rpartition(b"\n")
        self.rest = self.rest[-CHUNK:]
        lines = PROGRESS.findall(whole)
        if not lines:
            return None
        percent, text = lines[-1]
        return min(100, int(percent)), clean(text.strip(), 200)
