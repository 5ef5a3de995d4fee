"""The version matrix (R12) and the threshold for groups (R13), as data."""

from __future__ import annotations

from dataclasses import dataclass

from applications.rules.words import Action, Target, Way

FIRST_SITE = "2010"  # older sites list nothing
EVERYTHING_LISTED = "2103"
GROUPS_FROM = "2111"
RECENT_CLIENT = "2010"

ALL_FIVE = frozenset(Action)
INSTALL_AND_REINSTALL = frozenset({Action.INSTALL, Action.REINSTALL})
NOTHING: frozenset[Action] = frozenset()

Reached = tuple[Target, Way]
EVERY_WAY: frozenset[Reached] = frozenset((target, way) for target in Target for way in Way)
# Device-available with approval; all person-available, with approval or without.
ON_REQUEST: frozenset[Reached] = frozenset(
    {(Target.DEVICE, Way.APPROVAL), (Target.PERSON, Way.AVAILABLE), (Target.PERSON, Way.APPROVAL)}
)


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One row of the matrix. `on_request`: the actions on what is in ON_REQUEST; `otherwise`: on the rest of what is
    listed."""

    site_from: str
    recent_client: bool
    listed: frozenset[Reached]
    on_request: frozenset[Action]
    otherwise: frozenset[Action]


# The first row that fits decides; site versions between 2010 and 2103 follow 2010.
MATRIX = (
    MatrixRow("2103", True, EVERY_WAY, ALL_FIVE, ALL_FIVE),
    MatrixRow("2103", False, EVERY_WAY, INSTALL_AND_REINSTALL, NOTHING),
    MatrixRow("2010", True, ON_REQUEST, ALL_FIVE, NOTHING),
    MatrixRow("2010", False, ON_REQUEST, INSTALL_AND_REINSTALL, NOTHING),
)
OLDER_SITE = MatrixRow("0000", False, frozenset(), NOTHING, NOTHING)


def is_recent(client_version: str) -> bool:
    """Whether the client is 2010 or newer; an unknown version is not."""
    return client_version >= RECENT_CLIENT if client_version else False


def row_for(site_version: str, client_version: str) -> MatrixRow:
    """The row of the matrix for this site and this client."""
    recent = is_recent(client_version)
    for row in MATRIX:
        if site_version >= row.site_from and recent == row.recent_client:
            return row
    return OLDER_SITE


def listed_ways(site_version: str) -> frozenset[Reached]:
    """What a site of this version lists; the client's version makes no difference to that."""
    return row_for(site_version, RECENT_CLIENT).listed


def lists_groups(site_version: str) -> bool:
    """Application groups act like applications from 2111 on (R13)."""
    return site_version >= GROUPS_FROM
