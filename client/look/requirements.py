"""What a machine must be or have before an application may be installed on it."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import Any, Callable

from client.details import Code, Detail, detail
from client.platforms import Account, here
from client.system import shell

SAME_ARCHITECTURE = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64", "i386": "x86", "i686": "x86"}


def unmet(requirements: list[dict[str, Any]], account: Account) -> Detail | None:
    """The first requirement that does not hold, with what was found; None when all of them hold."""
    facts = here.facts() if requirements else {}
    for requirement in requirements:
        kind = requirement.get("kind", "?")
        check = KINDS.get(kind)
        if check is None:
            return detail(Code.REQUIREMENT_KIND_UNKNOWN, kind=kind)
        try:
            fault = check(requirement, facts, account)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            fault = detail(Code.REQUIREMENT_INCOMPLETE, kind=kind, error=error)
        if fault:
            return fault
    return None


def architecture(name: str) -> str:
    """One name for each architecture, whatever the system calls it."""
    return SAME_ARCHITECTURE.get(name.lower(), name.lower())


def _memory(requirement: dict[str, Any], facts: dict[str, Any], account: Account) -> Detail | None:
    found, needed = facts["memory_mb"], requirement["at_least"]
    return None if found >= needed else detail(Code.NEEDS_MEMORY, needed_mb=needed, found_mb=found)


def _disk(requirement: dict[str, Any], facts: dict[str, Any], account: Account) -> Detail | None:
    found, needed = facts["disk_mb"], requirement["at_least"]
    return None if found >= needed else detail(Code.NEEDS_DISK, needed_mb=needed, found_mb=found)


def _platform(requirement: dict[str, Any], facts: dict[str, Any], account: Account) -> Detail | None:
    found, needed = facts["platform"], requirement["in"]
    return None if found in needed else detail(Code.NEEDS_PLATFORM, platforms=needed, found=found)


def _os(requirement: dict[str, Any], facts: dict[str, Any], account: Account) -> Detail | None:
    found, needed = str(facts["os"]), requirement["matches"]
    return None if fnmatch(found.lower(), needed.lower()) else detail(Code.NEEDS_OS, needed=needed, found=found)


def _architecture(requirement: dict[str, Any], facts: dict[str, Any], account: Account) -> Detail | None:
    found, needed = facts["architecture"], requirement["in"]
    fits = architecture(str(found)) in map(architecture, needed)
    return None if fits else detail(Code.NEEDS_ARCHITECTURE, architectures=needed, found=found)


def _script(requirement: dict[str, Any], facts: dict[str, Any], account: Account) -> Detail | None:
    answer = shell.ask(requirement["script"], account)
    if answer.code == 0:
        return None
    if answer.code is None:
        return detail(Code.REQUIREMENT_SCRIPT_NO_ANSWER, cause=answer.fault)
    return detail(Code.REQUIREMENT_SCRIPT_EXIT_CODE, exit_code=answer.code, output=answer.all)


KINDS: dict[str, Callable[[dict[str, Any], dict[str, Any], Account], Detail | None]] = {
    "memory_mb": _memory,
    "disk_mb": _disk,
    "platform": _platform,
    "os": _os,
    "architecture": _architecture,
    "script": _script,
}
