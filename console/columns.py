"""A column of a list as most lists need it; which classes there are stands in templates/table.html."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables


def column(label: Any, *order: str, td: str = "", th: str = "", scope: str = "", **more: Any) -> tables.Column:
    """Drawn even when it is empty; sorted by the fields of `order` and then by the key. `td` and `th` are classes, the
    latter of every cell; `scope`: "row" for the column that names the row."""
    cell = {"class": f"{td} {th}".strip(), **({"scope": scope} if scope else {})}
    attrs = {"th": {"class": th}, "td": cell}
    return tables.Column(verbose_name=label, order_by=(*order, "pk"), attrs=attrs, empty_values=(), **more)
