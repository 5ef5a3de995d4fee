"""A list with one choice as pills above it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ui.address import changed
from ui.lists.filters import ListFilter


class PillChoice(django_filters.ChoiceFilter):
    """One of the pills above the list."""

    def __init__(self, labels: dict[str, Any], method: str) -> None:
        super().__init__(method=method, choices=list(labels.items()), label=gettext_lazy("Show"))
        self.labels = labels


class PillFilter(ListFilter):
    """A filter with one choice (`PillChoice`) drawn as pills."""

    def pills(self, name: str) -> list[dict[str, Any]]:
        """For `ui/_filter_pills.html`: all, and each choice; an unknown value in the address means all."""
        labels = self.filters[name].labels
        chosen = self.data.get(name) if self.data.get(name) in labels else ""
        return [
            {
                "label": label,
                "url": changed(self.data, "page", **{name: value}),
                "count": None,
                "current": chosen == value,
            }
            for value, label in {"": _("All"), **labels}.items()
        ]
