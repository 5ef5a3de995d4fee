"""The systems the client runs on, behind the same four functions: facts, signed_in, package_version, account."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Account:
    """On whose behalf a command runs: environment, folder, and the arguments of Popen that give it the rights."""

    name: str
    home: str
    environment: dict[str, str]
    folder: str
    rights: dict[str, object] = field(default_factory=dict)


class PersonAbsent(Exception):
    """Nothing can be run for this person now; the text says why."""


class Unknown(Exception):
    """The system gave no usable answer; the text says what it did give."""


def own_account() -> Account:
    """Whoever the client runs as."""
    home = os.path.expanduser("~")
    folder = home if os.path.isdir(home) else os.path.abspath(os.sep)
    return Account("", home, {**os.environ, "HOME": home}, folder)


if sys.platform == "win32":
    from . import windows as here
elif sys.platform == "darwin":
    from . import macos as here
else:
    from . import linux as here

__all__ = ["Account", "PersonAbsent", "Unknown", "here", "own_account"]
