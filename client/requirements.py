"""What a machine must be or have before an application may be installed on it."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import Any, Callable

from . import shell
from .platforms import Account, here

SAME_ARCHITECTURE = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64", "i386": "x86", "i686": "x86"}


def unmet(requirements: list[dict[str, Any]], account: Account) -> str:
    """The first requirement that does not hold and what was found, as a sentence; empty when all of them hold."""
    facts = here.facts() if requirements else {}
    for requirement in requirements:
        kind = KINDS.get(requirement.get("kind", ""))
        if kind is None:
            return f"This client knows no requirement {requirement.get('kind')!r}."
        try:
            fault = kind(requirement, facts, account)
        except (KeyError, TypeError, ValueError) as error:
            fault = f"the requirement is not complete: {error}"
        if fault:
            return f"{requirement['kind']}: {fault}."
    return ""


def architecture(name: str) -> str:
    """One name for each architecture, whatever the system calls it."""
    return SAME_ARCHITECTURE.get(name.lower(), name.lower())


def _at_least(requirement: dict[str, Any], facts: dict[str, Any], account: Account) -> str:
    found, wanted = facts[requirement["kind"]], requirement["at_least"]
    return "" if found >= wanted else f"at least {wanted} is needed, {found} was found"


def _platform(requirement: dict[str, Any], facts: dict[str, Any], account: Account) -> str:
    found, wanted = facts["platform"], requirement["in"]
    return "" if found in wanted else f"{' or '.join(wanted)} is needed, this is {found}"


def _os(requirement: dict[str, Any], facts: dict[str, Any], account: Account) -> str:
    found, wanted = str(facts["os"]), requirement["matches"]
    return "" if fnmatch(found.lower(), wanted.lower()) else f"{wanted} is needed, this is {found}"


def _architecture(requirement: dict[str, Any], facts: dict[str, Any], account: Account) -> str:
    found, wanted = facts["architecture"], requirement["in"]
    fits = architecture(str(found)) in map(architecture, wanted)
    return "" if fits else f"{' or '.join(wanted)} is needed, this is {found}"


def _script(requirement: dict[str, Any], facts: dict[str, Any], account: Account) -> str:
    said = shell.ask(requirement["script"], account)
    if said.code == 0:
        return ""
    how = "gave no answer" if said.code is None else f"ended with exit code {said.code}"
    return f"the script {how}{': ' + said.all if said.all else ''}"


KINDS: dict[str, Callable[[dict[str, Any], dict[str, Any], Account], str]] = {
    "memory_mb": _at_least,
    "disk_mb": _at_least,
    "platform": _platform,
    "os": _os,
    "architecture": _architecture,
    "script": _script,
}
