"""Short commands that ask something: their exit code and output, within a time limit, by the system's shell."""

from __future__ import annotations

import os
import subprocess
import threading
from typing import IO, NamedTuple

from client.details import Code, Detail, detail
from client.platforms import Account
from client.system import output, processes

LIMIT = 60.0  # seconds
PATIENCE = 5.0  # seconds for the last of what it printed; somebody who left its group may keep the pipe open

_running: set[int] = set()
_lock = threading.Lock()


class Answer(NamedTuple):
    """`code` is None when the command could not be started or took too long; `fault` then tells which."""

    code: int | None
    text: str = ""
    errors: str = ""
    fault: Detail | None = None

    @property
    def all(self) -> str:
        """What it printed and what it complained about."""
        return "\n".join(part for part in (self.text, self.errors) if part)


class _Reader(threading.Thread):
    """Takes all that comes out of a pipe and keeps the beginning: nothing is written to a disk, which may be full."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        assert pipe
        self.pipe = pipe
        self.kept = b""
        self.start()

    def run(self) -> None:
        with self.pipe:
            while chunk := os.read(self.pipe.fileno(), output.CHUNK):
                self.kept += chunk[: output.CHUNK - len(self.kept)]

    def text(self) -> str:
        self.join(PATIENCE)
        return output.clean(self.kept).strip()


def ask(command: str, account: Account, limit: float = LIMIT) -> Answer:
    """Run a command line for an account and give back how it ended and what it printed. What it leaves running in its
    group ends with it."""
    try:
        process = processes.start(
            command,
            account.rights,
            env=account.environment,
            cwd=account.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return Answer(None, fault=detail(Code.NOT_STARTED, error=error))
    readers = _Reader(process.stdout), _Reader(process.stderr)
    with _lock:
        _running.add(process.pid)
    try:
        code = process.wait(limit)
    except subprocess.TimeoutExpired:
        return Answer(None, fault=detail(Code.TOOK_TOO_LONG, seconds=round(limit)))
    finally:
        processes.signal_group(process.pid, hard=True)
        process.wait()
        with _lock:
            _running.discard(process.pid)
    text, errors = (reader.text() for reader in readers)
    return Answer(code, text, errors)


def end_all() -> None:
    """The client ends: so do the questions it was asking."""
    with _lock:
        for pid in _running:
            processes.signal_group(pid, hard=True)
