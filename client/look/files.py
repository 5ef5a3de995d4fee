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
MAX_LINKS = 40  # on the way
# How a folder on the way and the file itself are opened: never by a link, and never waiting for anybody.
FOLDER = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_DIRECTORY", "O_NOFOLLOW", "O_PATH"))
FILE = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY"))
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
    descriptor = _opened(path)
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


def _opened(path: str) -> int:
    """A descriptor, got by going from folder to folder: what was looked at is what is opened, whatever somebody puts in
    its place meanwhile. A link of somebody else might lead to what only we may read: it is not followed."""
    if os.name == "nt":
        return os.open(path, os.O_RDONLY)
    trusted, links = {0, os.geteuid()}, 0
    way: list[str] = []
    waiting, here = _parts(path), os.open(os.sep, FOLDER)
    try:
        while True:
            name = waiting.pop(0) if waiting else "."
            there = os.stat(name, dir_fd=here, follow_symlinks=False)
            if stat.S_ISLNK(there.st_mode):
                leads, links = os.readlink(name, dir_fd=here), links + 1
                same = os.path.samestat(there, os.stat(name, dir_fd=here, follow_symlinks=False))
                if there.st_uid not in trusted or not same or links > MAX_LINKS:
                    raise Unknown(detail(Code.FILE_NOT_REGULAR, path=path))
                way, waiting = [], _parts(os.path.join(os.sep, *way, leads)) + waiting
                following = os.open(os.sep, FOLDER)
            elif waiting:
                way.append(name)
                following = os.open(name, FOLDER, dir_fd=here)
            else:
                return os.open(name, FILE, dir_fd=here)
            os.close(here)
            here = following
    finally:
        os.close(here)


def _parts(path: str) -> list[str]:
    return [part for part in os.path.abspath(path).split(os.sep) if part]
