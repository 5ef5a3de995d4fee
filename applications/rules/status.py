"""The nine statuses (R3, R7): one ordered table, walked here for one set of facts and by `listing.py` in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from applications.rules.lifecycle import CONFIRMED, UNCONFIRMED


class Status(StrEnum):
    """In the document's order."""

    AVAILABLE = "available"
    INSTALLED = "installed"
    INSTALLING = "installing"
    INSTALL_REQUESTED = "install_requested"
    FAILED = "failed"
    REQUIREMENTS_NOT_MET = "requirements_not_met"
    NOT_INSTALLED = "not_installed"
    RESTART_PENDING = "restart_pending"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """What decides a status. `request`: the state of the open install or reinstall request, else empty;
    `reported`: what the client last reported (`Report.found`), else empty; `required`: a Required deployment
    reaches the device; `ever_installed`: it was there once."""

    request: str = ""
    reported: str = ""
    required: bool = False
    ever_installed: bool = False


# The first row that fits decides. An open request comes first, then what the client reported, then what is planned.
RULES: tuple[tuple[Status, dict[str, tuple[object, ...]]], ...] = (
    (Status.INSTALL_REQUESTED, {"request": UNCONFIRMED}),
    (Status.INSTALLING, {"request": CONFIRMED}),
    (Status.FAILED, {"reported": ("failed",)}),
    (Status.REQUIREMENTS_NOT_MET, {"reported": ("requirements_not_met",)}),
    (Status.RESTART_PENDING, {"reported": ("restart_pending",)}),
    (Status.INSTALLED, {"reported": ("installed",)}),
    (Status.REQUIRED, {"required": (True,)}),
    (Status.NOT_INSTALLED, {"ever_installed": (True,)}),
    (Status.AVAILABLE, {}),  # the last row always fits
)

# What needs attention first: the order of the list, and what makes one member of a group worse than another (R13).
ATTENTION = (
    Status.FAILED,
    Status.REQUIREMENTS_NOT_MET,
    Status.RESTART_PENDING,
    Status.INSTALLING,
    Status.INSTALL_REQUESTED,
    Status.REQUIRED,
    Status.NOT_INSTALLED,
    Status.AVAILABLE,
    Status.INSTALLED,
)

# Statuses in which the application is on the device.
PRESENT = frozenset({Status.INSTALLED, Status.RESTART_PENDING})


def derive(facts: StatusFacts) -> Status:
    """The status of one application on one device."""
    for status, conditions in RULES:
        if all(getattr(facts, name) in values for name, values in conditions.items()):
            return status
    raise AssertionError("the last row of RULES always fits")


def derive_group(request: str, members: Iterable[Status]) -> Status:
    """The status of a group: its own open request first, else that of its worst member (R13)."""
    own = derive(StatusFacts(request=request))
    if own is not Status.AVAILABLE:
        return own
    return min(members, key=ATTENTION.index, default=Status.AVAILABLE)
