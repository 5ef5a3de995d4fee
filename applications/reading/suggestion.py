"""What is read out of a file: everything that a form asks for, as far as the file says it; all of it can be changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class Unreadable(Exception):
    """The file is not what its first bytes say, or is damaged."""


@dataclass(frozen=True)
class Suggestion:
    """`kind`: a code of what it is; `detection` and `requirements` as the rules have them; `dependencies` in the words
    of the file, for people."""

    kind: str
    platform: str
    name: str
    install: str
    version: str = ""
    publisher: str = ""
    description: str = ""
    uninstall: str = ""
    repair: str = ""
    detection: dict[str, Any] = field(default_factory=dict)
    requirements: list[dict[str, Any]] = field(default_factory=list)
    dependencies: str = ""
