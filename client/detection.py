"""Is it installed? Nothing else than this decides it: a file, a package, a command's version or a script."""

from __future__ import annotations

import os
import re
from typing import Any, Callable, NamedTuple

from . import shell, versions
from .platforms import Account, Unknown, here

INSTALLED, NOT_INSTALLED, UNKNOWN = "installed", "not_installed", "unknown"
NOT_FOUND = (127, 9009)  # what /bin/sh and cmd answer when there is no such command


class Detection(NamedTuple):
    state: str
    version: str = ""
    detail: str = ""


def detect(rule: dict[str, Any], account: Account) -> Detection:
    """What a detection rule finds, seen with the rights of an account. Never raises: what goes wrong is `unknown`."""
    kind = KINDS.get(rule.get("kind", ""))
    if kind is None:
        return Detection(UNKNOWN, detail=f"This client knows no detection by {rule.get('kind')!r}.")
    try:
        return kind(rule, account)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Detection(UNKNOWN, detail=f"The detection rule is not complete: {error}.")
    except (OSError, Unknown) as error:
        return Detection(UNKNOWN, detail=f"Detection gave no answer: {error}.")


def _file(rule: dict[str, Any], account: Account) -> Detection:
    path = expand(rule["path"], account)
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Detection(NOT_INSTALLED, detail=f"{path} does not exist.")
    wanted = rule.get("version")
    if not wanted:
        return Detection(INSTALLED)
    with open(path, "rb") as file:
        found = versions.first_in(file.readline(4096).decode("utf-8", "replace"))
    if not found:
        return Detection(UNKNOWN, detail=f"The first line of {path} holds no version.")
    return _compared(found, wanted)


def _package(rule: dict[str, Any], account: Account) -> Detection:
    found = here.package_version(rule["name"])
    if found is None:
        return Detection(NOT_INSTALLED, detail=f"The package {rule['name']} is not installed.")
    return _compared(found, rule.get("version"))


def _command(rule: dict[str, Any], account: Account) -> Detection:
    said = shell.ask(rule["command"], account)
    if said.code in NOT_FOUND:
        return Detection(NOT_INSTALLED, detail=said.all)
    if said.code is None:
        return Detection(UNKNOWN, detail=f"{rule['command']}: {said.errors}.")
    found = versions.first_in(said.all)
    if said.code != 0 or not found:
        what = f"ended with exit code {said.code}" if said.code else "named no version"
        return Detection(UNKNOWN, detail=f"{rule['command']} {what}: {said.all}")
    return _compared(found, rule.get("version"))


def _script(rule: dict[str, Any], account: Account) -> Detection:
    said = shell.ask(rule["script"], account)
    if said.code == 0 and said.text:
        return Detection(INSTALLED, versions.first_in(said.text))
    if said.code == 0 and not said.errors:
        return Detection(NOT_INSTALLED)
    if said.code is None:
        return Detection(UNKNOWN, detail=f"The detection script gave no answer: {said.errors}.")
    return Detection(UNKNOWN, detail=f"The detection script ended with exit code {said.code}: {said.all}")


def _compared(found: str, wanted: str | None) -> Detection:
    if not wanted or versions.at_least(found, str(wanted)):
        return Detection(INSTALLED, found)
    return Detection(NOT_INSTALLED, found, f"Version {found} was found, {wanted} or newer is wanted.")


def expand(path: str, account: Account) -> str:
    """A path with `~`, `$NAME`, `${NAME}` and, on Windows, `%NAME%` filled in for an account."""
    if path == "~" or path.startswith(("~/", "~\\")):
        path = account.home + path[1:]

    def value(match: re.Match[str]) -> str:
        return account.environment.get(match.group(1) or match.group(2) or match.group(3), match.group())

    return re.sub(r"\$(\w+)|\$\{(\w+)\}" + (r"|%(\w+)%" if os.name == "nt" else "|(?!)()"), value, path)


KINDS: dict[str, Callable[[dict[str, Any], Account], Detection]] = {
    "file": _file,
    "package": _package,
    "command": _command,
    "script": _script,
}
