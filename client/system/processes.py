"""Processes and what they share: groups that end together, locks that end with their holder, files that last."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, Any

WINDOWS = os.name == "nt"

if WINDOWS:
    import msvcrt
else:
    import fcntl

# How a process is started so that it is alone with its descendants, and none of our signals reaches it.
OWN_GROUP: dict = (
    {"creationflags": 0x00000200 | 0x08000000}  # CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW
    if WINDOWS
    else {"start_new_session": True}
)


def start(command: str, rights: dict[str, Any], **options: Any) -> subprocess.Popen[bytes]:
    """Run a command line by the system's shell, with somebody's rights (arguments of Popen), in a group of its own."""
    arguments: Any = command if WINDOWS else ["/bin/sh", "-c", command]
    return subprocess.Popen(arguments, shell=WINDOWS, stdin=subprocess.DEVNULL, **OWN_GROUP, **rights, **options)


def signal_group(pid: int, hard: bool) -> bool:
    """Ask (or force) a process group to end; whether there was one."""
    if WINDOWS:
        force = ["/F"] if hard else []
        done = subprocess.run(["taskkill", "/T", *force, "/PID", str(pid)], capture_output=True, timeout=30)
        return done.returncode == 0
    try:
        os.killpg(pid, signal.SIGKILL if hard else signal.SIGTERM)
    except ProcessLookupError:
        return False
    except PermissionError:  # a mac answers this for a group of zombies
        return False
    return True


def group_alive(pid: int) -> bool:
    """Whether a process group still has a member."""
    if WINDOWS:
        return bool(identity(pid))
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def identity(pid: int) -> str:
    """When a process started, as the system tells it: with the pid it names one process for ever. Empty: not there."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            state, *fields = file.read().rpartition(b")")[2].split()
        return "" if state == b"Z" else f"{boot()} {fields[18].decode()}"
    except (FileNotFoundError, ProcessLookupError):
        if os.path.exists("/proc/self/stat"):
            return ""
    query = (
        ["powershell", "-NoProfile", "-Command", f"(Get-Process -Id {pid}).StartTime.Ticks"]
        if WINDOWS
        else ["ps", "-o", "lstart=", "-p", str(pid)]
    )
    return subprocess.run(query, capture_output=True, text=True, timeout=30).stdout.strip()


def boot() -> str:
    """Names the time since the machine was last started."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except FileNotFoundError:
        pass
    if WINDOWS:
        import ctypes

        return str(round((time.time() - ctypes.windll.kernel32.GetTickCount64() / 1000) / 60))  # type: ignore[attr-defined]
    return subprocess.run(["sysctl", "-n", "kern.boottime"], capture_output=True, text=True, timeout=30).stdout.strip()


def hold(path: Path, wait: bool = False) -> IO[bytes] | None:
    """Take a lock, which lasts as long as the file is open; None when another process has it."""
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    while True:
        try:
            if WINDOWS:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            else:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            return file
        except OSError:
            if not wait:
                file.close()
                return None


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock."""
    lock = hold(path)
    if lock is None:
        return True
    lock.close()
    return False


def claim(path: Path, content: Any) -> bool:
    """Create a file that must not exist yet; False when it did. Of all who ever try, one succeeds."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    try:
        _store(handle, content, path.parent)
    except OSError:
        path.unlink()  # the disk is full: nothing was begun, so whoever tries again may
        raise
    return True


def write(path: Path, content: Any) -> None:
    """Put JSON into a file: whoever reads it sees all of it or nothing."""
    beside = path.with_name(path.name + ".new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    _store(handle, content, path.parent, beside, path)


def read(path: Path) -> Any:
    """The JSON in a file; None when there is no such file."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _store(handle: int, content: Any, folder: Path, beside: Path | None = None, path: Path | None = None) -> None:
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    if beside and path:
        os.replace(beside, path)
    flush_folder(folder)


def flush_folder(folder: Path) -> None:
    """What was made, renamed or removed in it stays so when the power fails."""
    if not WINDOWS:
        directory = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
