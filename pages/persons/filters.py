"""What the list of persons can be searched and filtered on."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from devices.models import Person
from ui.lists.filters import ListFilter


class PersonFilter(ListFilter):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=_("User name, name, department or email"))

    class Meta:
        model = Person
        fields: tuple[str, ...] = ()

    def by_text(self, persons: QuerySet[Person], name: str, text: str) -> QuerySet[Person]:
        fits = Q(username__icontains=text) | Q(name__icontains=text)
        return persons.filter(fits | Q(department__icontains=text) | Q(email__icontains=text))
