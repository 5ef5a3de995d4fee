"""A list with one choice as pills above it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Choice(django_filters.ChoiceFilter):
    """One of the pills above the list; an unknown value in the address means all."""

    def __init__(self, labels: dict[str, Any], method: str) -> None:
        super().__init__(method=method, choices=list(labels.items()), label=gettext_lazy("Show"))
        self.labels = labels


class Filter(django_filters.FilterSet):
    @property
    def active(self) -> bool:
        """Whether anything is searched or filtered at all."""
        return any(self.data.get(name, "") != "" for name in self.filters) if self.data else False

    def pills(self, name: str) -> list[dict[str, Any]]:
        """For `ui/_filter_pills.html`: all, and each choice of this filter."""
        labels = self.filters[name].labels
        chosen = self.data.get(name) if self.data and self.data.get(name) in labels else ""
        options: Iterable[tuple[str, Any]] = [("", _("All")), *labels.items()]
        return [
            {"label": label, "url": self._address(name, value), "count": None, "current": chosen == value}
            for value, label in options
        ]

    def _address(self, name: str, value: str) -> str:
        query = self.data.copy() if self.data else QueryDict(mutable=True)
        query.pop("page", None)
        query.pop(name, None)
        if value:
            query[name] = value
        return f"?{query.urlencode()}"
