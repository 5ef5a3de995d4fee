"""A small process of its own that runs one command: it outlives the client, so that no command is lost or run twice."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from datetime import datetime, timezone
from pathlib import Path

from client.system import output, processes

MAX_OUTPUT = 4 * 1024 * 1024
KEPT_OUTPUT = 1024 * 1024
LOOK_EVERY = 0.25  # seconds between two looks at time and size


def main(name: str) -> int:
    """Run what `command.json` in the folder says, unless that was done before; how it ended goes into `exit.json`."""
    folder = Path(name)
    for quiet in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, quiet):  # a handler, not SIG_IGN, which the command would inherit
            signal.signal(getattr(signal, quiet), lambda *_: None)
    lock = processes.hold(folder / "lock", wait=True)
    if not processes.claim(folder / "started.json", {"pid": os.getpid(), "identity": processes.identity(os.getpid())}):
        return 0
    command = processes.read(folder / "command.json")
    with open(folder / "output", "ab", buffering=0) as file:
        try:
            process = processes.start(
                command["command"],
                command["account"],
                env=command["env"],
                cwd=command["cwd"],
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            return _ended(folder, start_failed=str(error))
    deadline = time.time() + command["limit_seconds"]
    running = {"pid": process.pid, "identity": processes.identity(process.pid), "deadline": deadline}
    timed_out = _wait(process, folder, running, command["limit_seconds"], command["grace_seconds"])
    result = _ended(folder, exit_code=_signed(process.returncode), timed_out=timed_out)
    if lock:
        lock.close()
    return result


def _wait(process: subprocess.Popen, folder: Path, running: dict, limit: float, grace: float) -> bool:
    """Wait for the command, at most `limit` seconds, whatever happens to the disk; whether the time ran out. `running`
    is for the client, should this process be killed."""
    deadline = time.monotonic() + limit
    noted = False
    while True:
        noted = noted or _keep(folder, "running.json", running)
        left = deadline - time.monotonic()
        try:
            process.wait(max(0.0, min(LOOK_EVERY, left)))
            return False
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                output.keep_tail(folder / "output", MAX_OUTPUT, KEPT_OUTPUT)
            if left <= 0:
                end_group(process.pid, grace, process)
                return True


def end_group(pid: int, grace: float, process: subprocess.Popen | None = None) -> None:
    """End a process group: first asked, then forced, whatever its members do with signals."""
    patience = time.monotonic() + grace
    there = processes.signal_group(pid, hard=False)
    while there and time.monotonic() < patience:
        if process:
            process.poll()
        time.sleep(0.05)
        there = processes.group_alive(pid)
    if there:
        processes.signal_group(pid, hard=True)
    if process:
        process.wait()


def _signed(code: int) -> int:
    """Windows counts exit codes to 2^32; the table of return codes and the console know them signed."""
    return code - 2**32 if code >= 2**31 else code


def _ended(folder: Path, exit_code: int | None = None, timed_out: bool = False, start_failed: str = "") -> int:
    """On a disk that is full this waits for room: the client takes the command for running meanwhile, and the exit code
    is kept."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    end = {"exit_code": exit_code, "timed_out": timed_out, "start_failed": start_failed, "finished_at": now}
    while not _keep(folder, "exit.json", end):
        time.sleep(LOOK_EVERY)
    return 0


def _keep(folder: Path, name: str, content: dict) -> bool:
    """Whether it is on the disk now; when there is no room, most of what the command printed makes some."""
    try:
        processes.write(folder / name, content)
    except OSError:
        with contextlib.suppress(OSError):
            output.keep_tail(folder / "output", 0, 4 * output.TAIL)
        return False
    return True
