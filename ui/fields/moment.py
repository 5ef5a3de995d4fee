"""The field of a form for a moment, in the time zone of whoever is looking."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _

YEARS = range(2000, 2101)  # clocks everywhere can show them
LOCAL = "%Y-%m-%dT%H:%M"  # what <input type="datetime-local"> speaks


class MomentField(forms.DateTimeField):
    """A moment in the time zone of whoever is looking; kept in UTC."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateTimeInput(format=LOCAL, attrs={"type": "datetime-local", "autocomplete": "off"})
        super().__init__(widget=widget, required=False, **more)

    def to_python(self, value: Any) -> datetime | None:
        found: datetime | None = super().to_python(value)
        if found and found.year not in YEARS:
            raise forms.ValidationError(_("Choose a year from 2000 to 2100."))
        return found
