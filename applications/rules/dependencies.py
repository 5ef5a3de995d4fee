"""Dependencies (R25): what an application needs is installed first, and in order; a circle would never begin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from applications.rules.problems import Problem
from applications.rules.reasons import gettext_noop as _
from applications.rules.supersedence import Edges

MAX_DEPTH = 5  # dependencies of dependencies, of a chain of which the first is the application itself
MAX_DEPENDENCIES = 20  # of one application

# Application → what it needs, in order. The newest of a chain of supersedence stands for what it supersedes (R15).
Needs = Mapping[int, Sequence[int]]


def first(needs: Needs, application: int) -> list[int]:
    """What is installed before the application, in order, each once; ends also where there is a circle."""
    found: list[int] = []
    _walk(needs, application, found, {application})
    return found


def _walk(needs: Needs, application: int, found: list[int], seen: set[int]) -> None:
    for each in needs.get(application, ()):
        if each not in seen:
            seen.add(each)
            _walk(needs, each, found, seen)
            found.append(each)


def in_order(needs: Needs, applications: Sequence[int]) -> list[int]:
    """The same applications, those first that others of them need."""
    found: list[int] = []
    for application in applications:
        for each in (*first(needs, application), application):
            if each in applications and each not in found:
                found.append(each)
    return found


def problem(named: Needs, superseded_by: Edges, names: Mapping[int, str], changed: int) -> Problem | None:
    """What is wrong with the dependencies of which `changed` is a part: a circle, or a chain that is too deep.

    `named`: application → those that it names, whatever supersedes them.
    """
    needs = {pk: [_newest(superseded_by, each) for each in those] for pk, those in named.items()}
    needed_by: defaultdict[int, list[int]] = defaultdict(list)
    for pk, those in needs.items():
        for each in those:
            needed_by[each].append(pk)
    parts = (changed, _newest(superseded_by, changed))
    for part in parts:
        if around := _way_back(needs, part):
            return Problem(
                _("This would make a circle, in which none could be installed first: %(circle)s."),
                {"circle": " → ".join(names[pk] for pk in around)},
            )
    for part in parts:
        chain = [*reversed(_longest(needed_by, part, {})), *_longest(needs, part, {})[1:]]
        if len(chain) > MAX_DEPTH + 1:
            return Problem(
                _("Dependencies are at most %(most)s deep; this would be deeper: %(chain)s."),
                {"most": MAX_DEPTH, "chain": " → ".join(names[pk] for pk in chain)},
            )
    return None


def _way_back(needs: Needs, application: int) -> list[int]:
    """A circle that begins and ends with the application; empty when there is none."""
    ways, seen = [[application]], set()
    while ways:
        way = ways.pop(0)
        for each in needs.get(way[-1], ()):
            if each == application:
                return [*way, each]
            if each not in seen:
                seen.add(each)
                ways.append([*way, each])
    return []


def _longest(edges: Needs, application: int, known: dict[int, list[int]]) -> list[int]:
    """The longest chain that begins with the application; ends where there is a circle."""
    if application not in known:
        known[application] = [application]
        longest = max((_longest(edges, each, known) for each in edges.get(application, ())), key=len, default=[])
        known[application] = [application, *longest]
    return known[application]


def _newest(superseded_by: Edges, application: int) -> int:
    seen = {application}
    following = superseded_by.get(application)
    while following is not None and following not in seen:
        seen.add(following)
        application, following = following, superseded_by.get(following)
    return application
