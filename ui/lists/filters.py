"""What the filters of all lists have in common."""

from __future__ import annotations

import django_filters


class ListFilter(django_filters.FilterSet):
    """The filter of a list; by itself, without any field, that of a list that cannot be filtered."""

    @property
    def active(self) -> bool:
        """Whether anything is searched or filtered at all."""
        return any(value for name in self.filters for value in self.data.getlist(name))
