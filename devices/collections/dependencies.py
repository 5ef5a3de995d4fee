"""Which collection is made of which others: the order to evaluate them in, what depends on what, and circles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from devices.models import Collection, CollectionRule

Edges = Mapping[int, set[int]]  # collection → what it is limited to, includes and excludes


def edges() -> Edges:
    """All of them, in two queries."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for pk, limiting in Collection.objects.order_by().values_list("pk", "limiting"):
        found[pk].update([limiting] if limiting else [])
    others = CollectionRule.objects.filter(other__isnull=False)
    for pk, other in others.values_list("collection", "other"):
        found[pk].add(other)
    return found


def in_order(edges: Edges) -> list[int]:
    """Every collection after those that it is made of. What is in a circle all the same comes last."""
    left = {pk: set(others) & edges.keys() - {pk} for pk, others in edges.items()}
    ordered: list[int] = []
    while left:
        ready = sorted(pk for pk, others in left.items() if not others) or sorted(left)
        ordered += ready
        done = set(ready)
        left = {pk: others - done for pk, others in left.items() if pk not in done}
    return ordered


def dependents(edges: Edges, collections: Iterable[int]) -> set[int]:
    """These collections and all that are made of one of them, however far away."""
    return _reachable(_turned(edges), collections)


def circle(edges: Edges, collection: int, others: Iterable[int]) -> int | None:
    """One of `others` of which `collection` cannot be made, because that one is made of `collection`."""
    return next((other for other in others if collection in _reachable(edges, [other])), None)


def _reachable(edges: Edges, start: Iterable[int]) -> set[int]:
    found = set(start)
    edge = found
    while edge:
        edge = {other for pk in edge for other in edges.get(pk, ())} - found
        found |= edge
    return found


def _turned(edges: Edges) -> Edges:
    turned: defaultdict[int, set[int]] = defaultdict(set)
    for pk, others in edges.items():
        for other in others:
            turned[other].add(pk)
    return turned
