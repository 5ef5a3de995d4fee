"""Writes the rows of a list as a .csv file that a spreadsheet opens well and that cannot carry a formula (R4)."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_tables2 import Table
from django_tables2.rows import BoundRow

from ui.lists.counting import Count

EXPORT_ROWS = 500
BOM = "\ufeff"  # so that a spreadsheet reads UTF-8
# Where a formula begins: at the start of a cell, or of what a spreadsheet that splits at the other separator, at a tab
# or at a line feed takes for one; spaces before it, and signs of full width, make no difference to some of them.
FORMULA = re.compile(r"(?:\A|(?<=[;,\t\r\n]))(?=[\s\u200b\ufeff\"']*[=+\-@＝＋－＠])|\A(?=[\t\r\n])")


def csv_of(table: Table, name: str, total: int | Count | None = None) -> HttpResponse:
    """The first 500 rows of the table as it is filtered and sorted, with its visible columns.

    `total`: how many rows there are, when that is known; else they are counted.
    """
    name = slugify(name) or "export"
    if not isinstance(total, Count):
        total = Count(number_of(table) if total is None else total)
    if total.more or total.number > EXPORT_ROWS:
        part = _("first %(rows)s of more than %(total)s") if total.more else _("first %(rows)s of %(total)s")
        name += f"-{slugify(part % {'rows': EXPORT_ROWS, 'total': total.number})}"
    return HttpResponse(
        lines(headers(table), cells(table)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
        },
    )


def number_of(table: Table) -> int:
    """Counted by the database: the length of a table without pages would fetch every row."""
    data = table.data.data
    return data.count() if isinstance(data, QuerySet) else len(table.rows)


def separator() -> str:
    """A semicolon where the decimal sign is a comma."""
    return ";" if (get_language() or "").startswith("nl") else ","


def lines(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The file, line by line."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator(), quoting=csv.QUOTE_ALL)
    yield BOM
    for row in (header, *rows):
        writer.writerow([harmless(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def harmless(value: Any) -> str:
    """A cell that a spreadsheet shows and never computes."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, int):
        return str(value)
    return FORMULA.sub("'", str(value))


def headers(table: Table) -> list[str]:
    return [str(column.header) for column in exported(table)]


def cells(table: Table) -> Iterator[list[Any]]:
    """The values of the first rows."""
    records = list(table.rows[:EXPORT_ROWS].data)
    prepare(table, records)
    for record in records:
        row = BoundRow(record, table)
        yield [row.get_cell_value(column.name) for column in exported(table)]


def prepare(table: Table, records: list[Any]) -> None:
    """Let a table that needs more facts about its rows fetch them in one go."""
    if hasattr(table, "prepare"):
        table.prepare(records)


def exported(table: Table) -> list[Any]:
    """The columns of the view; one that is not visible by itself stands as a second line in the cell of another."""
    return [column for column in table.columns.iterall() if not column.column.exclude_from_export]
