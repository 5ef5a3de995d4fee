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


def own_account() -> Account:
    """Whoever the client runs as."""
    home = os.path.expanduser("~")
    folder = home if os.path.isdir(home) else os.path.abspath(os.sep)
    return Account("", home, {**os.environ, "HOME": home}, folder)
