"""Short commands that ask something: their exit code and output, within a time limit, by the system's shell."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from typing import NamedTuple

from . import output, processes
from .platforms import Account

LIMIT = 60.0  # seconds

_running: set[int] = set()
_lock = threading.Lock()


class Said(NamedTuple):
    """`code` is None when the command could not be started or took too long; `errors` then says which."""

    code: int | None
    text: str
    errors: str

    @property
    def all(self) -> str:
        """What it said and what it complained about."""
        return "\n".join(part for part in (self.text, self.errors) if part)


def ask(command: str, account: Account, limit: float = LIMIT) -> Said:
    """Run a command line for an account and give back how it ended and what it said."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        try:
            process = processes.start(
                command,
                account.rights,
                env=account.environment,
                cwd=account.folder,
                stdout=said,
                stderr=complained,
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            return Said(None, "", f"it could not be started: {error}")
        with _lock:
            _running.add(process.pid)
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            processes.signal_group(process.pid, hard=True)
            process.wait()
            return Said(None, "", f"it took longer than {limit:.0f} s")
        finally:
            with _lock:
                _running.discard(process.pid)
        said.seek(0)
        complained.seek(0)
        return Said(code, *(output.clean(file.read(output.CHUNK)).strip() for file in (said, complained)))


def end_all() -> None:
    """The client ends: so do the questions it was asking."""
    with _lock:
        for pid in _running:
            processes.signal_group(pid, hard=True)
