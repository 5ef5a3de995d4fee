"""The form of an application group: what it is called, and its members in the order in which they install (R13)."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.authoring.groups import MAX_MEMBERS
from applications.models import Application
from pages.authoring.fields import ApplicationField, Choices


class GroupForm(forms.ModelForm):
    class Meta:
        model = Application
        fields = ("name", "version", "publisher", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in ("name", "version", "publisher"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def save(self, commit: bool = False) -> Application:
        """The group with what was filled in; `writing` saves it."""
        group: Application = super().save(commit=False)
        return group


class MemberForm(forms.Form):
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


class MemberRows(forms.BaseFormSet):
    def clean(self) -> None:
        """An application stands in a group once; the second time says so."""
        seen: set[int] = set()
        for row in self._kept():
            application = row.cleaned_data["application"]
            if application in seen:
                row.add_error("application", _("It is in this group already."))
            seen.add(application)

    def members(self) -> list[int]:
        """Of a valid formset: the members (ids) in their order; a row without a number comes after the others."""
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


MemberFormSet = cast(
    type[MemberRows],
    forms.formset_factory(MemberForm, MemberRows, extra=3, can_delete=True, max_num=MAX_MEMBERS, validate_max=True),
)
