"""One command of one request, run by a supervisor process: started once, found again by a restarted client."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple

from client.act import supervise
from client.details import Code, Detail, detail
from client.platforms import Account
from client.system import output, processes

log = logging.getLogger("koppel")

GRACE = 5.0  # seconds between asking a command to end and forcing it


class Outcome(NamedTuple):
    """How a command ended. `known` is false when nobody saw it end: then only detection can tell what it did."""

    known: bool
    exit_code: int | None = None
    timed_out: bool = False
    start_failed: Detail | None = None


class Stopping(Exception):
    """The client ends while a command runs; the command goes on."""


class Later(Exception):
    """This goes on at `when` (seconds since 1970); until then others may have their turn."""

    def __init__(self, when: float) -> None:
        super().__init__()
        self.when = when


class Execution:
    """The run of a command, kept in a folder of its own. Every method may be called again by a later client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._supervisor: subprocess.Popen[bytes] | None = None

    def prepare(
        self, command: str, account: Account, environment: dict[str, str], limit_minutes: float, folder: str = ""
    ) -> None:
        """Write down what is to be run, before it is run; in `folder`, or where the account is at home."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        content: dict[str, Any] = {
            "command": command,
            "account": account.rights,
            "env": {**account.environment, **environment},
            "cwd": folder or account.folder,
            "limit_seconds": limit_minutes * 60,
            "grace_seconds": GRACE,
        }
        processes.write(self.folder / "command.json", content)

    def wait(self, stop: threading.Event, progress: Callable[[int, str], None]) -> Outcome:
        """Start the command unless that was done, and wait for its end."""
        follower = output.Follower(self.folder / "output")
        pause = 0.02
        while True:
            busy = self.is_busy()  # first, so that an end between the two looks is seen by the second
            outcome = self._ended()
            if outcome:
                self._reap()
                return outcome
            if not busy:
                if (self.folder / "started.json").exists() or not (self.folder / "command.json").exists():
                    return self._ended() or Outcome(known=False)
                if self._supervisor:
                    printed = output.tail(self.folder / "supervisor.log")
                    return Outcome(known=True, start_failed=detail(Code.NO_SUPERVISOR, output=printed))
                self._start()
            news = follower.progress()
            if news:
                progress(*news)
            if stop.wait(pause):
                raise Stopping
            pause = min(pause * 1.5, 0.25)

    def is_busy(self) -> bool:
        """Whether the command, or the supervisor that will start it, is alive."""
        if self._supervisor and self._supervisor.poll() is None:
            return True
        if not self.folder.exists() or processes.is_held(self.folder / "lock"):
            return self.folder.exists()
        running = processes.read(self.folder / "running.json")
        if not running or (self.folder / "exit.json").exists():
            return False
        if processes.identity(running["pid"]) != running["identity"]:
            return False
        if time.time() > running["deadline"]:  # its supervisor was killed: the time limit is ours to keep
            supervise.end_group(running["pid"], GRACE)
            return False
        return True

    def leaves_running(self) -> bool:
        """Whether something that the command started goes on in its process group. A process that has the number of the
        command is another one, which came after it."""
        running = processes.read(self.folder / "running.json")
        return bool(running) and not processes.identity(running["pid"]) and processes.group_alive(running["pid"])

    def is_overdue(self) -> bool:
        """Whether the time that the command and what it started may run is over."""
        running = processes.read(self.folder / "running.json")
        return bool(running) and time.time() > running["deadline"]

    def end_what_is_left(self) -> None:
        supervise.end_group(processes.read(self.folder / "running.json")["pid"], GRACE)

    def printed(self) -> str:
        """The last characters that the command printed."""
        return output.tail(self.folder / "output")

    def _ended(self) -> Outcome | None:
        end = processes.read(self.folder / "exit.json")
        if not end:
            return None
        failed = detail(Code.NOT_STARTED, error=end["start_failed"]) if end["start_failed"] else None
        return Outcome(True, end["exit_code"], end["timed_out"], failed)

    def _start(self) -> None:
        root, command = itself()
        try:
            with open(self.folder / "supervisor.log", "ab") as errors:
                self._supervisor = subprocess.Popen(
                    [*command, "supervise", str(self.folder)],
                    **processes.OWN_GROUP,
                    cwd=root,
                    stdin=subprocess.DEVNULL,
                    stdout=errors,
                    stderr=errors,
                )
        except OSError as error:
            processes.write(
                self.folder / "exit.json", {"exit_code": None, "timed_out": False, "start_failed": str(error)}
            )

    def _reap(self) -> None:
        if self._supervisor:
            self._supervisor.wait()


def itself() -> tuple[str, list[str]]:
    """The folder to be in and the command that starts this very program, from a .pyz file or its source folder."""
    root = Path(__file__).resolve().parents[2]
    if root.is_file():
        return str(root.parent), [sys.executable, str(root)]
    return str(root), [sys.executable, "-m", __name__.partition(".")[0]]


def folder_of(runs: Path, request: str, step: int, attempt: int) -> Path:
    return runs / request / f"{step}.{attempt}"


def newest(runs: Path, request: str, step: int) -> Execution | None:
    """The last run that an earlier client began for a step, if its folder is still there."""
    folders = sorted((runs / request).glob(f"{step}.*"), key=os.path.getmtime) if (runs / request).exists() else []
    return Execution(folders[-1]) if folders else None
