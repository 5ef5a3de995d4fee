"""Supersedence (R15): an application is superseded by one other; a circle would have no newest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from applications.rules.problems import Problem
from applications.rules.reasons import gettext_noop as _
from applications.rules.status import PRESENT

Edges = Mapping[int, int | None]  # application → the one that supersedes it


def circle(edges: Edges, application: int, by: int) -> list[int]:
    """The circle that comes to be when `application` is superseded by `by`: begins and ends with it; else empty."""
    walked = [application]
    following: int | None = by
    while following is not None and following not in walked:
        walked.append(following)
        following = edges.get(following)
    return [*walked, application] if following == application else []


def problem(edges: Edges, names: Mapping[int, str], application: int, by: int) -> Problem | None:
    """Why `application` cannot be superseded by `by`, with the whole circle in the sentence."""
    if application == by:
        return Problem(_("An application cannot supersede itself."))
    around = circle(edges, application, by)
    if not around:
        return None
    shown = " → ".join(names[pk] for pk in around)
    return Problem(_("This would make a circle, in which no application is the newest: %(circle)s."), {"circle": shown})


def in_place_of(application: int, chain: Sequence[int], found: Mapping[int, str]) -> int:
    """Which one the row of a superseded application speaks of, and its actions work on (R15).

    `chain`: those that supersede it, the newest last; `found`: application → what was last found of it on the device.
    The newest that is there; else the newest of which anything was ever found; else itself.
    """
    there = [each for each in (application, *chain) if found.get(each) in PRESENT]
    known = [each for each in (application, *chain) if each in found]
    return (there or known or [application])[-1]
