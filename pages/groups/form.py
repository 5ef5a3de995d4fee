"""The form of an application group: what it is called, and its members in the order in which they install (R13)."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.authoring.groups import MAX_MEMBERS
from applications.models import Application
from pages.authoring.ordered_rows import ordered_rows


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


MemberRows = ordered_rows(MAX_MEMBERS, extra=3)
