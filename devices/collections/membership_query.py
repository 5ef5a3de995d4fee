"""What makes a device or a person a member of a collection, as SQL: the rules, the limiting collection, the exclusions.

The first rule that fits is the one that made the member: a direct one, else the others in their order.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    Expression,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from devices.collections.queries import Condition, all_hold, parse
from devices.models import Collection, CollectionRule, Device, DeviceMember, Person, PersonMember

log = structlog.get_logger(__name__)

Kind = Collection.Kind
WHAT: dict[str, type[Model]] = {Kind.DEVICES: Device, Kind.PERSONS: Person}
MEMBER: dict[str, type[Model]] = {Kind.DEVICES: DeviceMember, Kind.PERSONS: PersonMember}
FIELD: dict[str, str] = {Kind.DEVICES: "device", Kind.PERSONS: "person"}  # of a member row, and of a direct rule


@dataclass(frozen=True)
class Definition:
    """The rules of one collection. `direct`: whether the collection has direct rules in the database, or, for one that
    is not saved yet, whom they name. `queries` and `includes` carry the rule's id."""

    kind: str
    pk: int = 0  # of one that is not saved yet
    limiting: int | None = None
    direct: bool | frozenset[int] = False
    queries: tuple[tuple[int, tuple[Condition, ...]], ...] = ()
    includes: tuple[tuple[int, int], ...] = ()
    excludes: tuple[int, ...] = ()

    def wanted(self) -> QuerySet[Any]:
        """The devices or persons that belong in the collection, with the id of the rule that says so as `now`."""
        ways = self._ways("pk", "")
        everybody: QuerySet[Any] = WHAT[self.kind]._default_manager.order_by()
        if not ways:
            return everybody.none()
        fits = reduce(operator.or_, (way for way, _rule in ways))
        wanted: QuerySet[Any] = everybody.filter(fits, self._allowed("pk")).annotate(now=self._rule("pk", ""))
        return wanted

    def members(self) -> QuerySet[Any]:
        """The rows of the present members; `now` is the rule that would make each a member today, or 0."""
        name = FIELD[self.kind]
        rows: QuerySet[Any] = MEMBER[self.kind]._default_manager.filter(collection=self.pk).order_by()
        members: QuerySet[Any] = rows.annotate(now=self._rule(f"{name}_id", f"{name}__"))
        return members

    def _ways(self, key: str, prefix: str) -> list[tuple[Q, Expression | Subquery]]:
        """What can make a member, in order of precedence, and the id of that rule."""
        ways: list[tuple[Q, Expression | Subquery]] = []
        if isinstance(self.direct, frozenset):
            ways += [(Q(**{f"{key}__in": self.direct}), number(0))] if self.direct else []
        elif self.direct:
            rules = CollectionRule.objects.filter(
                collection=self.pk, kind=CollectionRule.Kind.DIRECT, **{FIELD[self.kind]: OuterRef(key)}
            )
            ways.append((Q(Exists(rules)), Subquery(rules.order_by("pk").values("pk")[:1])))
        others = [(rule, all_hold(conditions, prefix)) for rule, conditions in self.queries]
        others += [(rule, self._in([other], key)) for rule, other in self.includes]
        return ways + [(fits, number(rule)) for rule, fits in sorted(others, key=lambda other: other[0])]

    def _rule(self, key: str, prefix: str) -> Case:
        ways = [When(fits, then=rule) for fits, rule in self._ways(key, prefix)]
        return Case(When(~self._allowed(key), then=number(0)), *ways, default=number(0), output_field=BigIntegerField())

    def _allowed(self, key: str) -> Q:
        allowed = self._in([self.limiting], key) if self.limiting else ~Q(pk__in=[])
        return allowed & ~self._in(self.excludes, key) if self.excludes else allowed

    def _in(self, collections: Sequence[int], key: str) -> Q:
        name = FIELD[self.kind]
        return Q(Exists(MEMBER[self.kind]._default_manager.filter(collection__in=collections, **{name: OuterRef(key)})))


def number(value: int) -> Value:
    return Value(value, output_field=BigIntegerField())


def definitions(collections: Iterable[int] | None = None, kind: str | None = None) -> dict[int, Definition]:
    """By collection (id): of these, or of all (of a kind); three queries.

    A limiting collection that is built in limits nothing: everybody is a member of that.
    """
    found = Collection.objects.order_by("pk")
    if collections is not None:
        found = found.filter(pk__in=list(collections))
    if kind is not None:
        found = found.filter(kind=kind)
    rows = list(found.values_list("pk", "kind", "limiting", "limiting__built_in"))
    rules = CollectionRule.objects.filter(collection__in=[row[0] for row in rows]).order_by("pk")
    direct = set(
        rules.filter(kind=CollectionRule.Kind.DIRECT).order_by().values_list("collection", flat=True).distinct()
    )
    by_collection: dict[int, list[CollectionRule]] = {row[0]: [] for row in rows}
    for rule in rules.exclude(kind=CollectionRule.Kind.DIRECT):
        by_collection[rule.collection_id].append(rule)
    return {
        pk: Definition(
            kind=kind,
            pk=pk,
            limiting=None if built_in else limiting,
            direct=pk in direct,
            queries=tuple(understood(kind, of(by_collection[pk], "query"))),
            includes=tuple((rule.pk, rule.other_id or 0) for rule in of(by_collection[pk], "include")),
            excludes=tuple(rule.other_id or 0 for rule in of(by_collection[pk], "exclude")),
        )
        for pk, kind, limiting, built_in in rows
    }


def of(rules: Iterable[CollectionRule], kind: str) -> list[CollectionRule]:
    return [rule for rule in rules if rule.kind == kind]


def understood(kind: str, rules: Iterable[CollectionRule]) -> Iterator[tuple[int, tuple[Condition, ...]]]:
    """The conditions of query rules; one that no longer fits what can be asked makes nobody a member."""
    for rule in rules:
        try:
            yield rule.pk, parse(kind, rule.query)
        except ValidationError as error:
            log.warning("A query rule is not understood", rule=rule.pk, collection=rule.collection_id, error=str(error))
