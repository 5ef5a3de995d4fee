"""The rows of requirements in the form of a deployment type: fields for each kind, of which the chosen kind's count."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.rules.definitions import ANY_PLATFORM, MAX_REQUIREMENTS, requirement_problems
from applications.wording.definitions import PLATFORMS, REQUIREMENT_KINDS
from applications.wording.problems import as_error
from pages.authoring.fields import CodeField

# Which field of a row holds which part of a requirement.
FIELD_OF = {
    "memory_mb": ("at_least", "at_least"),
    "disk_mb": ("at_least", "at_least"),
    "platform": ("in", "platforms"),
    "os": ("matches", "matches"),
    "architecture": ("in", "architectures"),
    "script": ("script", "script"),
}


class RequirementForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What is required"),
        choices=[("", gettext_lazy("Nothing")), *REQUIREMENT_KINDS.items()],
        required=False,
    )
    at_least = forms.IntegerField(
        label=gettext_lazy("At least, in MB"),
        required=False,
        error_messages={"invalid": gettext_lazy("Say how many megabytes, as a whole number, for example 4096.")},
    )
    platforms = forms.MultipleChoiceField(
        label=gettext_lazy("One of these platforms"),
        choices=PLATFORMS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    matches = forms.CharField(
        label=gettext_lazy("Name of the operating system"),
        help_text=gettext_lazy("* stands for anything: Debian*, Windows 11*."),
        required=False,
    )
    architectures = forms.CharField(
        label=gettext_lazy("One of these architectures"),
        help_text=gettext_lazy("Separated by commas: x86_64, aarch64."),
        required=False,
    )
    script = CodeField(
        label=gettext_lazy("Script"),
        help_text=gettext_lazy("It holds when the exit code is 0."),
        required=False,
        rows=3,
    )

    def __init__(self, *args: Any, platform: str = ANY_PLATFORM, **more: Any) -> None:
        """`platform`: that of the deployment type."""
        super().__init__(*args, **more)
        self.platform = platform

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        kind = cleaned.get("kind", "")
        if not kind:
            if any(cleaned.get(name) for name in ("at_least", "platforms", "matches", "architectures", "script")):
                self.add_error("kind", _("Choose what is required, or remove this row."))
            return cleaned
        part, field = FIELD_OF[kind]
        for other in set(self.errors) - {"kind", field}:
            del self.errors[other]  # of another kind, and not shown
        if field in self.errors:
            return cleaned
        value = cleaned.get(field)
        if field == "architectures":
            value = [name.strip() for name in str(value or "").split(",") if name.strip()]
        self.requirement = {"kind": kind, part: value}
        for problem in requirement_problems(self.requirement, self.platform):
            self.add_error(field if problem.part == part else None, as_error(problem))
        return cleaned


def initial_of(requirement: dict[str, Any]) -> dict[str, Any]:
    """A requirement as the fields of a row."""
    part, field = FIELD_OF.get(requirement.get("kind", ""), ("", ""))
    value = requirement.get(part)
    if field == "architectures" and isinstance(value, list):
        value = ", ".join(value)
    return {"kind": requirement.get("kind", ""), field: value}


class RequirementRows(forms.BaseFormSet):
    def requirements(self) -> list[dict[str, Any]]:
        """Of a valid formset: those that are filled in and not removed, in their order."""
        return [
            row.requirement for row in self.forms if hasattr(row, "requirement") and not row.cleaned_data.get("DELETE")
        ]


RequirementFormSet = cast(
    type[RequirementRows],
    forms.formset_factory(
        RequirementForm, RequirementRows, extra=2, can_delete=True, max_num=MAX_REQUIREMENTS, validate_max=True
    ),
)
