"""Windows: facts from the system's own calls, persons from quser, packages from the list of installed programs."""

from __future__ import annotations

import ctypes
import getpass
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import winreg
from collections.abc import Iterator

from client.details import Code, detail
from client.platforms.accounts import Account, PersonAbsent, own_account

assert sys.platform == "win32"

PROGRAMS = (
    (winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"),
    (winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall"),
    (winreg.HKEY_CURRENT_USER, r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"),
)
RESTART_KEYS = (
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending",
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired",
)


class _Memory(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
        (name, ctypes.c_ulonglong)
        for name in ("total", "free", "total_page", "free_page", "total_virtual", "free_virtual", "free_extended")
    ]


def facts() -> dict[str, object]:
    """What the inventory says about this machine, apart from who is signed in."""
    memory = _Memory()
    memory.length = ctypes.sizeof(memory)
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(memory))
    return {
        "platform": "windows",
        "os": f"Windows {platform.release()} {platform.version()}",
        "architecture": platform.machine(),
        "memory_mb": memory.total // 2**20,
        "disk_mb": shutil.disk_usage(os.environ.get("SYSTEMDRIVE", "C:") + "\\").free // 2**20,
        "time_zone": _time_zone(),
        "join_type": _join_type(),
        "restart_pending": any(_there(key) for key in RESTART_KEYS),
    }


def signed_in() -> list[str]:
    """The accounts with a session, each once, in alphabetical order."""
    lines = _said(["quser"]).splitlines()[1:]
    return sorted({line.lstrip("> ").split()[0] for line in lines if line.split()})


def package_version(name: str) -> str | None:
    """The version of an installed program, by its product code or its display name; None when it is not installed."""
    for key, shown, version in _programs():
        if name.lower() in (key.lower(), shown.lower()):
            return version or "0"
    return None


def account(person: str) -> Account:
    """A client that runs as the person runs commands for that person; the system's account cannot yet."""
    mine = getpass.getuser()
    if person.rpartition("\\")[2].lower() != mine.lower():
        raise PersonAbsent(detail(Code.ACCOUNT_FOREIGN, account=mine, person=person))
    return own_account()


def machine() -> str:
    """What names this installation of the system; empty when it has no name."""
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
            return _value(key, "MachineGuid")
    except OSError:
        return ""


def _programs() -> Iterator[tuple[str, str, str]]:
    for root, path in PROGRAMS:
        try:
            folder = winreg.OpenKey(root, path)
        except OSError:
            continue
        with folder:
            for index in range(winreg.QueryInfoKey(folder)[0]):
                name = winreg.EnumKey(folder, index)
                with winreg.OpenKey(folder, name) as key:
                    yield name, _value(key, "DisplayName"), _value(key, "DisplayVersion")


def _value(key: winreg.HKEYType, name: str) -> str:
    try:
        return str(winreg.QueryValueEx(key, name)[0])
    except OSError:
        return ""


def _there(path: str) -> bool:
    try:
        winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path).Close()
    except OSError:
        return False
    return True


def _join_type() -> str:
    answers = dict(re.findall(r"(AzureAdJoined|DomainJoined)\s*:\s*(YES|NO)", _said(["dsregcmd", "/status"])))
    cloud, domain = answers.get("AzureAdJoined") == "YES", answers.get("DomainJoined") == "YES"
    return {(True, True): "hybrid", (False, True): "domain", (True, False): "azure_ad"}.get((cloud, domain), "none")


def _time_zone() -> str:
    """Windows has names of its own; the offset of this moment is what the tz database knows as well."""
    hours = -(time.localtime().tm_gmtoff // 3600)
    return "UTC" if hours == 0 else f"Etc/GMT{hours:+d}"


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
