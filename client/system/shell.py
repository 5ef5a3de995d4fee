"""Short commands that ask something: their exit code and output, within a time limit, by the system's shell."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from typing import NamedTuple

from client.details import Code, Detail, detail
from client.platforms import Account
from client.system import output, processes

LIMIT = 60.0  # seconds

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


def ask(command: str, account: Account, limit: float = LIMIT) -> Answer:
    """Run a command line for an account and give back how it ended and what it printed."""
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complained:
        try:
            process = processes.start(
                command,
                account.rights,
                env=account.environment,
                cwd=account.folder,
                stdout=printed,
                stderr=complained,
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            return Answer(None, fault=detail(Code.NOT_STARTED, error=error))
        with _lock:
            _running.add(process.pid)
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            processes.signal_group(process.pid, hard=True)
            process.wait()
            return Answer(None, fault=detail(Code.TOOK_TOO_LONG, seconds=round(limit)))
        finally:
            with _lock:
                _running.discard(process.pid)
        printed.seek(0)
        complained.seek(0)
        text, errors = (output.clean(file.read(output.CHUNK)).strip() for file in (printed, complained))
        return Answer(code, text, errors)


def end_all() -> None:
    """The client ends: so do the questions it was asking."""
    with _lock:
        for pid in _running:
            processes.signal_group(pid, hard=True)
