"""Reads a .csv file that somebody uploads or pastes; each line is judged before anything is done."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pages.persons.csv_text import decoded, numbered_rows

MAX_LINES, MAX_BYTES = 5000, 500_000
NEW, CHANGED, SAME, WRONG = "new", "changed", "same", "wrong"


@dataclass
class Line:
    """One line of the file. `text` says what is wrong with it, or what will be done."""

    number: int
    values: dict[str, str]
    outcome: str = SAME
    text: str = ""
    found: Any = None

    def mark_wrong(self, text: str) -> None:
        self.outcome, self.text = WRONG, text

    @property
    def said(self) -> str:
        return ", ".join(self.values.values())


class ImportForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File (.csv)"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Or the lines themselves"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "class": "code", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        file = data.get("file")
        if file is not None and file.size > MAX_BYTES:
            raise ValidationError(too_much())
        if file is not None:
            try:
                data["text"] = decoded(file.read())
            except UnicodeDecodeError:
                raise ValidationError(_("The file is not UTF-8 text. Save it as “CSV UTF-8” and try again.")) from None
        if not data.get("text", "").strip():
            raise ValidationError(_("Choose a file, or paste its lines."))
        return data


def lines(text: str, needed: Iterable[str], known: Iterable[str]) -> list[Line]:
    """The lines with the columns that are `known`; those that are `needed` must be there. Raises ValidationError."""
    if len(text.encode()) > MAX_BYTES:
        raise ValidationError(too_much())
    if "\0" in text:
        raise ValidationError(_("This is not text."))
    try:
        rows = numbered_rows(text)
    except csv.Error as error:
        raise ValidationError(_("This is not a .csv file: %(error)s.") % {"error": error}) from None
    if not rows:
        raise ValidationError(_("Choose a file, or paste its lines."))
    columns = [cell.strip().casefold() for cell in rows[0][1]]
    for name in needed:
        if name not in columns:
            raise ValidationError(
                _("The first line must name the columns; “%(column)s” is missing. It says: %(header)s")
                % {"column": name, "header": ", ".join(columns)[:200]}
            )
    strange = [name for name in columns if name not in known]
    if strange:
        raise ValidationError(_("The column “%(column)s” is not known.") % {"column": strange[0][:100]})
    if len(set(columns)) < len(columns):
        raise ValidationError(_("A column is named twice."))
    if len(rows) - 1 > MAX_LINES:
        raise ValidationError(too_much())
    found = []
    for number, row in rows[1:]:
        line = Line(number, dict(zip(columns, (cell.strip() for cell in row), strict=False)))
        if len(row) != len(columns):
            line.mark_wrong(
                _("It has %(cells)d cells; the header has %(columns)d.") % {"cells": len(row), "columns": len(columns)}
            )
        found.append(line)
    return found


def too_much() -> str:
    return _("At most %(lines)d lines and 500 kB at a time.") % {"lines": MAX_LINES}


def mark_duplicates(found: Iterable[Line], column: str) -> None:
    """The second line about the same thing is wrong."""
    seen: dict[str, int] = {}
    for line in found:
        if line.outcome != WRONG:
            name = line.values[column]
            value = name.casefold()
            if value in seen:
                line.mark_wrong(_("%(name)s was on line %(number)d already.") % {"name": name, "number": seen[value]})
            seen.setdefault(value, line.number)


def counts(found: list[Line]) -> list[tuple[str, int]]:
    words = ((NEW, _("New")), (CHANGED, _("Changed")), (SAME, _("As it is")), (WRONG, _("Wrong, skipped")))
    return [(label, sum(line.outcome == outcome for line in found)) for outcome, label in words]
