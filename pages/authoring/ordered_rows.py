"""Rows of a form that name applications in an order: the members of a group (R13), what an application needs (R25)."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pages.authoring.fields import ApplicationField, Choices


class PlaceForm(forms.Form):
    position = forms.IntegerField(
        label=gettext_lazy("Order"),
        help_text=gettext_lazy("The lowest installs first."),
        min_value=0,
        max_value=10_000,
        required=False,
    )

    def __init__(self, *args: Any, choices: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["application"] = ApplicationField(
            label=gettext_lazy("Application"), choices=choices, required=False
        )
        self.order_fields(["application", "position"])


class OrderedRows(forms.BaseFormSet):
    def clean(self) -> None:
        """An application stands there once; the second time says so."""
        seen: set[int] = set()
        for row in self._kept():
            application = row.cleaned_data["application"]
            if application in seen:
                row.add_error("application", _("It stands here already."))
            seen.add(application)

    def chosen(self) -> list[int]:
        """Of a valid formset: the applications (ids) in their order; a row without a number comes after the others."""
        rows = sorted(
            enumerate(self._kept()),
            key=lambda row: (
                row[1].cleaned_data["position"] is None,
                row[1].cleaned_data["position"] or 0,
                row[0],
            ),
        )
        return [row.cleaned_data["application"] for _place, row in rows]

    def _kept(self) -> list[forms.Form]:
        return [
            row
            for row in self.forms
            if hasattr(row, "cleaned_data")
            and row.cleaned_data.get("application")
            and not row.cleaned_data.get("DELETE")
        ]


def ordered_rows(most: int, extra: int) -> type[OrderedRows]:
    return cast(
        type[OrderedRows],
        forms.formset_factory(PlaceForm, OrderedRows, extra=extra, can_delete=True, max_num=most, validate_max=True),
    )
