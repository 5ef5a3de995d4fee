"""Linux: facts from /proc and os-release, persons from who or loginctl, packages from dpkg or rpm."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from client.details import Code, detail
from client.platforms import posix
from client.platforms.accounts import Account, Unknown

MACHINE_ID = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
SESSIONS = (Path("/run/utmp"), Path("/run/systemd/sessions"))
_seen: dict[str, Any] = {}  # who was signed in when these were as noted
REBOOT_REQUIRED = (Path("/var/run/reboot-required"), Path("/run/reboot-required"))


def facts() -> dict[str, object]:
    """What the inventory says about this machine, apart from who is signed in."""
    release = _os_release()
    return {
        "platform": "linux",
        "os": release.get("PRETTY_NAME") or f"Linux {platform.release()}",
        "architecture": platform.machine(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "disk_mb": shutil.disk_usage("/").free // 2**20,
        "time_zone": posix.time_zone(),
        "join_type": "none",
        "restart_pending": any(path.exists() for path in REBOOT_REQUIRED),
    }


def signed_in() -> list[str]:
    """The accounts with a session, each once, in alphabetical order. No process is started while the files in which the
    system notes sessions have not changed."""
    noted = tuple(_changed_at(path) for path in SESSIONS)
    if not any(noted) or _seen.get("noted") != noted:
        _seen.update(noted=noted, names=_ask_who())
    return list(_seen["names"])


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _ask_who() -> list[str]:
    names = {line.split()[0] for line in _lines(["who"]) if line.split()}
    if not names:
        # SESSION UID USER …: a display manager's greeter has a session too, but a system account
        for words in map(str.split, _lines(["loginctl", "list-sessions", "--no-legend"])):
            if len(words) >= 3 and words[1].isdigit() and (int(words[1]) >= 1000 or words[1] == "0"):
                names.add(words[2])
    return sorted(names)


def package_version(name: str) -> str | None:
    """The version of an installed package, None when it is not installed."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9+._:-]*", name):
        raise Unknown(detail(Code.PACKAGE_NAME_INVALID, name=name))
    if shutil.which("dpkg-query"):
        done = _run(["dpkg-query", "-W", "-f=${db:Status-Status} ${Version}\\n", name])
        if done.returncode not in (0, 1):
            command, output = "dpkg-query", done.stderr.strip()
            raise Unknown(detail(Code.COMMAND_EXIT_CODE, command=command, exit_code=done.returncode, output=output))
        for line in done.stdout.splitlines():
            status, _, version = line.partition(" ")
            if status == "installed":
                return version
        return None
    if shutil.which("rpm"):
        done = _run(["rpm", "-q", "--qf", "%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n", name])
        return done.stdout.split("\n")[0].removeprefix("0:") if done.returncode == 0 else None
    raise Unknown(detail(Code.NO_PACKAGE_MANAGER))


def account(person: str) -> Account:
    """The account of a person, for whom this client may run commands; PersonAbsent when it may not."""
    return posix.account(person, f"/run/user/{posix.user_id(person)}")


def machine() -> str:
    """What names this installation of the system; empty when it has no name."""
    for path in MACHINE_ID:
        with contextlib.suppress(OSError):
            if name := path.read_text("ascii", "replace").strip():
                return name
    return ""


def _os_release() -> dict[str, str]:
    for path in (Path("/etc/os-release"), Path("/usr/lib/os-release")):
        try:
            lines = path.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        return {key: value.strip().strip("\"'") for key, value in pairs}
    return {}


def _lines(command: list[str]) -> list[str]:
    if not shutil.which(command[0]):
        return []
    try:
        return _run(command).stdout.splitlines()
    except Unknown:
        return []


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            timeout=30,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unknown(detail(Code.COMMAND_NO_ANSWER, command=command[0], error=error)) from error
