"""Reads .csv files as spreadsheets really write them: their encodings, separators, line ends and empty columns."""

from __future__ import annotations

import codecs
import csv
import io
import re

SEPARATORS = ",;\t"
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
NAMES_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def decoded(data: bytes) -> str:
    """The text of a file: UTF-16 with a mark or by its zeros, else UTF-8. Raises UnicodeDecodeError."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding)
    if len(data) >= 4 and data[1:4:2] == b"\0\0":
        return data.decode("utf-16-le")
    if len(data) >= 4 and data[0:3:2] == b"\0\0":
        return data.decode("utf-16-be")
    return data.decode("utf-8")


def numbered_rows(text: str) -> list[tuple[int, list[str]]]:
    """The rows that hold anything, each with the number of the line that it begins on (1 is the first). Columns at the
    end that are empty in every row are left out. Raises csv.Error."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    skipped = 0
    if named := NAMES_SEPARATOR.match(text):
        text, skipped = text[named.end() :], 1
    head = text.lstrip().partition("\n")[0]
    separator = named[1] if named else max(SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    rows, begins = [], 1 + skipped
    for row in reader:
        if any(cell.strip() for cell in row):
            rows.append((begins, row))
        begins = reader.line_num + 1 + skipped
    if not rows:
        return []
    width = len(rows[0][1])
    while width > 1 and not any("".join(row[width - 1 :]).strip() for _, row in rows):
        width -= 1
    return [(number, row[:width]) if not "".join(row[width:]).strip() else (number, row) for number, row in rows]
