"""What stands in the place of something superseded (R15): chains, and which of a chain is on a device."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from applications.models import Application

Chains = dict[int, list[Application]]


def chains(applications: Iterable[Application]) -> Chains:
    """For each superseded application (id) those that supersede it, one after the other, the newest last; one query per
    step of the longest chain, none when nothing is superseded."""
    found: Chains = {}
    ends = {each.pk: each for each in applications if each.superseded_by_id}  # the last of each chain so far
    while ends:
        steps = Application.objects.in_bulk({end.superseded_by_id for end in ends.values() if end.superseded_by_id})
        following = {}
        for pk, end in ends.items():
            step = steps[end.superseded_by_id or 0]
            found.setdefault(pk, []).append(step)
            # a circle is refused when saved; here it would never end
            if step.superseded_by_id and step.superseded_by_id not in {pk, *(each.pk for each in found[pk])}:
                following[pk] = step
        ends = following
    return found


def newest(applications: Iterable[Application]) -> dict[int, Application]:
    """For each superseded application (id) the newest in its chain."""
    return {pk: chain[-1] for pk, chain in chains(applications).items()}


def predecessors(applications: Iterable[Application]) -> dict[int, set[int]]:
    """For each application that is the newest of a chain: those (ids) that end in it. One query per step, at least
    one."""
    ends_in = {application.pk: application.pk for application in applications if not application.superseded_by_id}
    frontier = set(ends_in)
    found: defaultdict[int, set[int]] = defaultdict(set)
    while frontier:
        older = Application.objects.filter(superseded_by__in=frontier).order_by().values_list("pk", "superseded_by_id")
        frontier = set()
        for pk, by in older:
            if by and pk not in ends_in:
                ends_in[pk] = ends_in[by]
                found[ends_in[by]].add(pk)
                frontier.add(pk)
    return dict(found)
