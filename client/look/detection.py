"""Is it installed? Nothing else than this decides it: a file, a package, a command's version or a script."""

from __future__ import annotations

import os
import re
from typing import Any, Callable, NamedTuple

from client.details import Code, Detail, detail
from client.look import files, versions
from client.platforms import Account, Unknown, here
from client.system import shell

INSTALLED, NOT_INSTALLED, UNKNOWN = "installed", "not_installed", "unknown"
NOT_FOUND = (127, 9009)  # what /bin/sh and cmd answer when there is no such command


class Detection(NamedTuple):
    state: str
    version: str = ""
    detail: Detail | None = None


def detect(rule: dict[str, Any], account: Account) -> Detection:
    """What a detection rule finds, seen with the rights of an account. Never raises: what goes wrong is `unknown`."""
    kind = KINDS.get(rule.get("kind", ""))
    if kind is None:
        return Detection(UNKNOWN, detail=detail(Code.DETECTION_KIND_UNKNOWN, kind=rule.get("kind", "?")))
    try:
        return kind(rule, account)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Detection(UNKNOWN, detail=detail(Code.DETECTION_RULE_INCOMPLETE, error=error))
    except OSError as error:
        return Detection(UNKNOWN, detail=detail(Code.DETECTION_NO_ANSWER, error=error))
    except Unknown as error:
        return Detection(UNKNOWN, detail=detail(Code.DETECTION_NO_ANSWER, cause=error.detail))


def _file(rule: dict[str, Any], account: Account) -> Detection:
    path = expand(rule["path"], account)
    if not files.exists(path, account):
        return Detection(NOT_INSTALLED, detail=detail(Code.FILE_MISSING, path=path))
    wanted = rule.get("version")
    if not wanted:
        return Detection(INSTALLED)
    found = versions.first_in(files.first_line(path, account))
    if not found:
        return Detection(UNKNOWN, detail=detail(Code.FILE_WITHOUT_VERSION, path=path))
    return _compared(found, wanted)


def _package(rule: dict[str, Any], account: Account) -> Detection:
    found = here.package_version(rule["name"])
    if found is None:
        return Detection(NOT_INSTALLED, detail=detail(Code.PACKAGE_MISSING, name=rule["name"]))
    return _compared(found, rule.get("version"), packaged=True)


def _command(rule: dict[str, Any], account: Account) -> Detection:
    command = rule["command"]
    answer = shell.ask(command, account)
    if answer.code in NOT_FOUND:
        return Detection(NOT_INSTALLED, detail=detail(Code.COMMAND_MISSING, command=command, output=answer.all))
    if answer.code is None:
        return Detection(UNKNOWN, detail=detail(Code.COMMAND_NO_ANSWER, command=command, cause=answer.fault))
    if answer.code != 0:
        told = detail(Code.COMMAND_EXIT_CODE, command=command, exit_code=answer.code, output=answer.all)
        return Detection(UNKNOWN, detail=told)
    found = versions.first_in(answer.all)
    if not found:
        return Detection(UNKNOWN, detail=detail(Code.COMMAND_WITHOUT_VERSION, command=command, output=answer.all))
    return _compared(found, rule.get("version"))


def _script(rule: dict[str, Any], account: Account) -> Detection:
    answer = shell.ask(rule["script"], account)
    if answer.code == 0 and answer.text:
        return Detection(INSTALLED, versions.first_in(answer.text))
    if answer.code == 0 and not answer.errors:
        return Detection(NOT_INSTALLED)
    if answer.code is None:
        return Detection(UNKNOWN, detail=detail(Code.SCRIPT_NO_ANSWER, cause=answer.fault))
    return Detection(UNKNOWN, detail=detail(Code.SCRIPT_EXIT_CODE, exit_code=answer.code, output=answer.all))


def _compared(found: str, wanted: str | None, *, packaged: bool = False) -> Detection:
    if not wanted or versions.at_least(found, str(wanted), packaged=packaged):
        return Detection(INSTALLED, found)
    return Detection(NOT_INSTALLED, found, detail(Code.VERSION_TOO_OLD, found=found, wanted=wanted))


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
