"""On whose behalf commands run."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from client.details import Detail


@dataclass(frozen=True)
class Account:
    """On whose behalf a command runs: environment, folder, and the arguments of Popen that give it the rights."""

    name: str
    home: str
    environment: dict[str, str]
    folder: str
    rights: dict[str, object] = field(default_factory=dict)


class PersonAbsent(Exception):
    """Nothing can be run for this person now; `detail` tells why."""

    def __init__(self, detail: Detail) -> None:
        super().__init__(detail)
        self.detail = detail


class Unknown(Exception):
    """The system gave no usable answer; `detail` tells what it did give."""

    def __init__(self, detail: Detail) -> None:
        super().__init__(detail)
        self.detail = detail


# What a command gets of the client's own environment on POSIX; anything else may be secret, or change what it does.
PASSED_ON = ("LANG", "LANGUAGE", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER", "XDG_RUNTIME_DIR")
OURS = ("KOPPEL_", "DJANGO_", "DATABASE_URL", "REDIS_URL", "CELERY_")  # never, on any system


def own_account() -> Account:
    """Whoever the client runs as."""
    home = os.path.expanduser("~")
    folder = home if os.path.isdir(home) else os.path.abspath(os.sep)
    return Account("", home, {**own_environment(), "HOME": home}, folder)


def own_environment() -> dict[str, str]:
    """The environment of commands: clean on POSIX; on Windows, whose programs need much of it, without what is ours."""
    if os.name == "nt":
        return {name: value for name, value in os.environ.items() if not name.upper().startswith(OURS)}
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}
