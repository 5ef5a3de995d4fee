"""The forms of one page: a deployment type, its requirements, and of an application that is new that one's."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import QueryDict

from applications.authoring.applications import save_application
from applications.authoring.deployment_types import save_type
from applications.models import DeploymentType
from applications.reading.suggestion import Suggestion
from applications.rules.definitions import ANY_PLATFORM
from pages.applications.form import ApplicationForm
from pages.deployment_types.filling_in import application_values, filled_in, suggestion_of, type_values
from pages.deployment_types.form import DeploymentTypeForm
from pages.deployment_types.requirement_form import RequirementFormSet, RequirementRows, initial_of


class TypeForms:
    """`data`: what was sent, or None; `about`: the form of an application that is new."""

    def __init__(self, each: DeploymentType, user: Any, data: QueryDict | None) -> None:
        self.each, self.user = each, user
        self.type = DeploymentTypeForm(data, instance=each, user=user)
        application = each.application
        self.about = ApplicationForm(data, instance=application, prefix="about") if application.pk is None else None
        self.platform = self.type.data.get("platform", ANY_PLATFORM) if data else each.platform
        self.requirements = self._rows(data, each.requirements)
        self.found: Suggestion | None = None

    def fill_in(self) -> str:
        """Show what the uploaded file says of itself; a sentence when it cannot be read."""
        upload = self.type.uploaded()
        if upload is None or upload.content is None:
            return ""
        self.found, problem = suggestion_of(upload.content, upload.name)
        if self.found is None:
            return problem
        new = self.each.pk is None
        before = suggestion_of(self.each.content, self.each.file_name)[0] if self.each.content else None
        values = filled_in(self.type, type_values(self.found), type_values(before) if before else {}, new=new)
        self.type = DeploymentTypeForm(instance=self.each, initial=values, user=self.user)
        if self.about:
            values = filled_in(self.about, application_values(self.found), {}, new=True)
            self.about = ApplicationForm(instance=self.each.application, initial=values, prefix="about")
        if not any(row["kind"].value() for row in self.requirements.forms):
            self.requirements = self._rows(None, self.found.requirements)
        return ""

    def are_valid(self) -> bool:
        """All are asked, so that each says what is wrong with it."""
        asked = [self.type.is_valid(), self.requirements.is_valid(), self.about is None or self.about.is_valid()]
        return all(asked)

    def save(self, **by: Any) -> DeploymentType:
        """Raises SaveRefused."""
        saved = self.type.save()
        saved.requirements = self.requirements.requirements()
        with transaction.atomic():
            if self.about:
                application = self.about.save()
                save_application(application, **by)
                saved.application = application
            chosen = self.type.cleaned_data["upload"] or self.type.cleaned_data["without_file"]
            save_type(saved, another_file=bool(chosen), **by)
        return saved

    def _rows(self, data: QueryDict | None, requirements: list[dict[str, Any]]) -> RequirementRows:
        initial = [initial_of(requirement) for requirement in requirements]
        about = {"platform": self.platform}
        return RequirementFormSet(data, initial=initial, prefix="requirement", form_kwargs=about)
