"""Which machine this is, since which start: told with every call, so that a copy of the state folder is noticed."""

from __future__ import annotations

import hashlib
import logging
from typing import Callable

from client.platforms import Unknown, here
from client.system import processes

log = logging.getLogger("koppel")

SALT = "koppel-client "  # the system's own name for the machine is not to be told to others


def identity() -> dict[str, str]:
    """The headers; what cannot be found out is left out."""
    return {**_header("Koppel-Machine", here.machine), **_header("Koppel-Boot", processes.boot)}


def _header(name: str, ask: Callable[[], str]) -> dict[str, str]:
    try:
        found = ask()
    except (OSError, Unknown) as error:
        log.warning("%s cannot be told: %s.", name, error)
        return {}
    return {name: hashlib.sha256((SALT + found).encode()).hexdigest()} if found else {}
