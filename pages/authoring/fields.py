"""Fields that several of the forms have: commands and scripts, and a choice among applications."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Application

Choices = list[tuple[int, str]]


class CodeField(forms.CharField):
    """A command or a script: browsers end its lines with CR LF, which no shell understands."""

    def __init__(self, *, rows: int = 2, **more: Any) -> None:
        attrs = {"class": "code", "rows": rows, "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
        super().__init__(widget=forms.Textarea(attrs=attrs), **more)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class ApplicationField(forms.TypedChoiceField):
    """The id of one application, among choices that the whole form (or formset) has fetched once."""

    def __init__(self, *, choices: Choices, empty: Any = None, **more: Any) -> None:
        first = ("", empty or _("Choose an application"))
        super().__init__(choices=[first, *choices], coerce=int, empty_value=None, **more)


def choices_among(applications: Iterable[Application]) -> Choices:
    return [(application.pk, str(application)) for application in applications]


def selectable() -> Choices:
    """Every application that is no group, by name."""
    applications = Application.objects.filter(is_group=False).order_by("name", "version", "pk")
    return choices_among(applications.only("name", "version"))
