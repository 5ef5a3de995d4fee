"""macOS: facts from sysctl and sw_vers, persons from who, packages from the installer's receipts."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess

from client.details import Code, detail
from client.platforms import posix
from client.platforms.accounts import Account, Unknown


def facts() -> dict[str, object]:
    """What the inventory says about this machine, apart from who is signed in."""
    return {
        "platform": "macos",
        "os": f"macOS {platform.mac_ver()[0]}",
        "architecture": platform.machine(),
        "memory_mb": int(_run(["sysctl", "-n", "hw.memsize"]).stdout or 0) // 2**20,
        "disk_mb": shutil.disk_usage("/").free // 2**20,
        "time_zone": posix.time_zone(),
        "join_type": "none",
        "restart_pending": False,
    }


def signed_in() -> list[str]:
    """The accounts with a session, each once, in alphabetical order."""
    return sorted({line.split()[0] for line in _run(["who"]).stdout.splitlines() if line.split()})


def package_version(name: str) -> str | None:
    """The version in the installer's receipt of a package identifier, None when there is none."""
    done = _run(["pkgutil", "--pkg-info", name])
    if done.returncode != 0:
        return None
    for line in done.stdout.splitlines():
        key, _, value = line.partition(":")
        if key == "version":
            return value.strip()
    raise Unknown(detail(Code.PACKAGE_WITHOUT_VERSION, name=name))


def account(person: str) -> Account:
    """The account of a person, for whom this client may run commands; PersonAbsent when it may not."""
    return posix.account(person, "")


def machine() -> str:
    """What names this machine; empty when it has no name."""
    told = _run(["ioreg", "-rd1", "-c", "IOPlatformExpertDevice"]).stdout
    found = re.search(r'"IOPlatformUUID" = "([^"]+)"', told)
    return found.group(1) if found else ""


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unknown(detail(Code.COMMAND_NO_ANSWER, command=command[0], error=error)) from error
