"""“Exists already” is said of what the reader may see; of anything else only that the name cannot be used (R19)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _


class UniqueNames(forms.ModelForm):
    """A form that knows what is in sight of who fills it in."""

    def in_sight(self) -> QuerySet[Any]:
        """The objects of this kind that the reader may see."""
        raise NotImplementedError

    def validate_unique(self) -> None:
        """Keeps its sentence only where the other one is in sight."""
        try:
            self.instance.validate_unique(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]
        except ValidationError as error:
            for field, faults in error.error_dict.items():
                value = getattr(self.instance, field, None)
                if not self.in_sight().filter(**{field: value}).exists():
                    faults[:] = [ValidationError(_("This name cannot be used. Choose another one."), code="unique")]
            self._update_errors(error)  # type: ignore[attr-defined]
