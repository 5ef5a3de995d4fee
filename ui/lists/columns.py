"""A column of a list as most lists need it; which classes there are stands in templates/ui/_table.html."""

from __future__ import annotations

from collections import Counter
from typing import Any

import django_tables2 as tables
from django.db.models import Count
from django.utils.safestring import SafeString, mark_safe


def column(label: Any, *order: str, td: str = "", th: str = "", scope: str = "", **more: Any) -> tables.Column:
    """Drawn even when it is empty; sorted by the fields of `order` and then by the key. `td` and `th` are classes, the
    latter of every cell; `scope`: "row" for the column that names the row."""
    cell = {"class": f"{td} {th}".strip(), **({"scope": scope} if scope else {})}
    attrs = {"th": {"class": th}, "td": cell}
    return tables.Column(verbose_name=label, order_by=(*order, "pk"), attrs=attrs, empty_values=(), **more)


NUMBER = "num r"


def named(label: Any, *order: str, **more: Any) -> tables.Column:
    """The column that names the row and leads to its page."""
    return tables.Column(
        verbose_name=label, order_by=(*order, "pk"), attrs={"td": {"scope": "row", "class": "g-name"}}, **more
    )


def dash() -> SafeString:
    return mark_safe('<span class="sub">–</span>')


def counted(rows: Any, key: str, what: str) -> Counter[int]:
    return Counter(dict(rows.order_by().values_list(key).annotate(number=Count(what)).values_list(key, "number")))


def first_names(names: list[str], limit: int = 3) -> SafeString | str:
    """The first of these names, and how many others there are."""
    if not names:
        return dash()
    more = f" +{len(names) - limit}" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
