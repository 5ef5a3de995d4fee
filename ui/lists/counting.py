"""Counting that stops: exact up to a limit, beyond it “10,000+”, so that a list of a million rows costs no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum, Value
from django.utils.formats import number_format

LIMIT = 10_000


@dataclass(frozen=True)
class Count:
    """So many, or (`more`) more than so many."""

    number: int
    more: bool = False

    def __str__(self) -> str:
        return number_format(self.number, force_grouping=True) + ("+" if self.more else "")

    def __bool__(self) -> bool:
        return self.number > 0

    @property
    def exact(self) -> int | None:
        return None if self.more else self.number


def count(rows: QuerySet[Any], limit: int | None = None) -> Count:
    limit = limit or LIMIT
    if rows.query.distinct:
        found = rows.order_by()[: limit + 1].count()
    else:  # without a column of the row, so that an index alone can answer
        found = rows.order_by().values(one=Value(1))[: limit + 1].aggregate(number=Sum("one"))["number"] or 0
    return Count(min(found, limit), found > limit)


def total(counts: Iterable[Count]) -> Count:
    counts = list(counts)
    number = sum(count.number for count in counts)
    return Count(min(number, LIMIT), number > LIMIT or any(count.more for count in counts))
