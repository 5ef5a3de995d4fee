"""The foot of a list: which rows, how many, the way to other pages. Works with and without a count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import EmptyPage, Page, Paginator
from django.http import QueryDict
from django.utils.functional import cached_property
from django_tables2.paginators import LazyPaginator

from ui.address import changed
from ui.lists import counting

SIZES = (25, 50, 100)


class ListPaginator(Paginator):
    """Pages of one of the sizes offered, whatever the address asks for; `total`: when the number of rows is known."""

    def __init__(self, rows: Any, per_page: int, *args: Any, total: int | None = None, **more: Any) -> None:
        super().__init__(rows, per_page if per_page in SIZES else SIZES[1], *args, **more)
        if total is not None:
            self.count = total

    @cached_property
    def num_pages(self) -> int:
        """It turns no further than this: a page deep in a million rows costs as much as all before it."""
        return min(super().num_pages, counting.LIMIT // self.per_page)


class UncountedPaginator(LazyPaginator):
    """Pages of a list that is too long to count. It turns no further than what is counted elsewhere: a page deep in a
    million rows costs as much as all before it, and a filter finds a row sooner than leafing."""

    def __init__(self, rows: Any, per_page: int, *args: Any, **more: Any) -> None:
        super().__init__(rows, per_page if per_page in SIZES else SIZES[1], *args, **more)
        self._num_pages: int
        self.cut = False  # whether rows follow to which it does not turn

    def page(self, number: int) -> Page[Any]:
        last = counting.LIMIT // self.per_page
        if self.validate_number(number or 1) > last:
            raise EmptyPage
        page = super().page(number)
        self.cut = self._num_pages > last
        self._num_pages = min(self._num_pages, last)
        return page


@dataclass(frozen=True)
class Number:
    label: str
    url: str  # empty: the gap between numbers
    current: bool = False


@dataclass(frozen=True)
class Foot:
    start: int
    end: int
    total: int | None  # None: not counted, more rows follow
    previous: str
    next: str
    numbers: tuple[Number, ...]
    sizes: tuple[int, ...]
    size: int
    size_field: str
    cut: bool  # it is the last page to turn to, and there are more rows
    kept: tuple[tuple[str, str], ...]  # the rest of the query, for the form that changes the size


def foot(page: Page[Any], query: QueryDict, page_field: str = "page", size_field: str = "per_page") -> Foot:
    """What `ui/_pagination.html` shows of one page of a list whose address has this query."""
    paginator, number = page.paginator, page.number
    rows = len(page.object_list)
    start = (number - 1) * paginator.per_page + 1 if rows else 0
    end = start + rows - 1 if rows else 0
    total = counted(paginator)
    if total is None and not page.has_next() and not getattr(paginator, "cut", False):
        total = end

    def url(to: int) -> str:
        return changed(query, **{page_field: str(to)})

    return Foot(
        start=start,
        end=end,
        total=total,
        previous=url(number - 1) if page.has_previous() else "",
        next=url(number + 1) if page.has_next() else "",
        numbers=tuple(
            Number(str(n), url(n), n == number) if isinstance(n, int) else Number("…", "") for n in shown(page)
        ),
        sizes=tuple(sorted({*SIZES, paginator.per_page})),
        size=paginator.per_page,
        size_field=size_field,
        cut=not page.has_next() and (total is None or total > end > 0),
        kept=tuple(kept(query, without={page_field, size_field})),
    )


def counted(paginator: Paginator[Any]) -> int | None:
    """How many rows there are, or None when the paginator does not count."""
    try:
        return paginator.count
    except NotImplementedError:
        return None


def shown(page: Page[Any]) -> Iterable[int | str]:
    """The numbers to show: first, last and those around; without a count only those around."""
    paginator, number = page.paginator, page.number
    if counted(paginator) is not None:
        return paginator.get_elided_page_range(number, on_each_side=1, on_ends=1) if paginator.num_pages > 1 else ()
    if number == 1 and not page.has_next():
        return ()
    return range(max(1, number - 1), number + 1 + page.has_next())


def kept(query: QueryDict, without: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Every value of the query except those of the fields named."""
    return ((field, value) for field, values in query.lists() if field not in without for value in values)
