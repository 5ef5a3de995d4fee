"""The form of an application."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Application, DeploymentType
from applications.rules import supersedence
from applications.rules.dependencies import MAX_DEPENDENCIES
from applications.wording.problems import as_error
from pages.authoring.fields import ApplicationField, selectable
from pages.authoring.ordered_rows import ordered_rows


class ApplicationForm(forms.ModelForm):
    class Meta:
        model = Application
        fields = ("name", "version", "publisher", "description", "uninstall_first")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in ("name", "version", "publisher"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.names = dict(selectable())
        self.fields["superseded_by"] = ApplicationField(
            label=gettext_lazy("Superseded by"),
            help_text=gettext_lazy("Who installs this application gets that one instead."),
            choices=[(pk, name) for pk, name in self.names.items() if pk != self.instance.pk],
            empty=gettext_lazy("none"),
            required=False,
            initial=self.instance.superseded_by_id,
        )

    def clean_superseded_by(self) -> int | None:
        by: int | None = self.cleaned_data["superseded_by"]
        if by is None or by == self.instance.superseded_by_id:
            return by
        if not DeploymentType.objects.filter(application=by).exists():
            raise forms.ValidationError(
                _("%(application)s has no deployment type yet, so there would be nothing to install instead.")
                % {"application": self.names[by]}
            )
        if self.instance.pk:
            edges = dict(Application.objects.filter(is_group=False).values_list("pk", "superseded_by"))
            problem = supersedence.problem(edges, self.names, self.instance.pk, by)
            if problem:
                raise as_error(problem)
        return by

    def save(self, commit: bool = False) -> Application:
        """The application with what was filled in; `writing` saves it."""
        application: Application = super().save(commit=False)
        application.superseded_by_id = self.cleaned_data["superseded_by"]
        return application


DependencyRows = ordered_rows(MAX_DEPENDENCIES, extra=1)
