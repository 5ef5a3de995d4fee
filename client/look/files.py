"""Looks at files that others may have put there: never waits at one, never reads what its owner may not read."""

from __future__ import annotations

import os
import shlex
import stat

from client.details import Code, detail
from client.platforms import Account, Unknown
from client.system import shell
from client.system.output import text_of

MAX_BYTES = 4096  # of the first line
MISSING, SPECIAL = 3, 4  # how the question ends that is asked with somebody's rights


def exists(path: str, account: Account) -> bool:
    """Whether anything is there, as the account sees it."""
    if account.rights:
        return _asked(f"test -e {shlex.quote(path)} || exit {MISSING}", path, account) is not None
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def first_line(path: str, account: Account) -> str:
    """The first line of a regular file, in whatever encoding its mark names; empty when there is none.

    For a person it is read with their rights; for the system no link is followed that somebody else planted. Raises
    Unknown for what is no regular file.
    """
    if account.rights:
        name = shlex.quote(path)
        answer = _asked(f"test -f {name} || exit {SPECIAL}; head -n 1 -- {name} | head -c {MAX_BYTES}", path, account)
        return (answer or "").partition("\n")[0]
    _refuse_planted_links(path)
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unknown(detail(Code.FILE_NOT_REGULAR, path=path))
        return text_of(os.read(descriptor, MAX_BYTES)).partition("\n")[0]
    finally:
        os.close(descriptor)


def _asked(command: str, path: str, account: Account) -> str | None:
    """What the command printed; None when there is nothing of that name."""
    answer = shell.ask(command, account)
    if answer.code is None:
        raise Unknown(answer.fault or detail(Code.FILE_NOT_REGULAR, path=path))
    if answer.code == MISSING:
        return None
    if answer.code != 0:
        raise Unknown(detail(Code.FILE_NOT_REGULAR, path=path))
    return answer.text


def _refuse_planted_links(path: str) -> None:
    """A link on the way that belongs to somebody else might lead to what only we may read."""
    if os.name == "nt":
        return
    trusted = {0, os.geteuid()}
    waiting, here, steps = os.path.abspath(path).split(os.sep)[1:], os.sep, 0
    while waiting:
        here = os.path.join(here, waiting.pop(0))
        if not os.path.islink(here):
            continue
        steps += 1
        if os.lstat(here).st_uid not in trusted or steps > 40:
            raise Unknown(detail(Code.FILE_NOT_REGULAR, path=path))
        leads = os.path.normpath(os.path.join(os.path.dirname(here), os.readlink(here)))
        waiting, here = leads.split(os.sep)[1:] + waiting, os.sep
