"""What the lists of collections, members and persons can be searched and filtered on."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from devices.models import Collection, Person


class CollectionFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=_("Name or comment"))
    kind = django_filters.ChoiceFilter(choices=Collection.Kind.choices, label=_("Of"))

    class Meta:
        model = Collection
        fields: tuple[str, ...] = ()

    def by_text(self, collections: QuerySet[Collection], name: str, text: str) -> QuerySet[Collection]:
        return collections.filter(Q(name__icontains=text) | Q(comment__icontains=text))


class PersonFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=_("User name, name, department or email"))

    class Meta:
        model = Person
        fields: tuple[str, ...] = ()

    def by_text(self, persons: QuerySet[Person], name: str, text: str) -> QuerySet[Person]:
        fits = Q(username__icontains=text) | Q(name__icontains=text)
        return persons.filter(fits | Q(department__icontains=text) | Q(email__icontains=text))


class UserFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=_("User name, name or email"))
    role = django_filters.ModelChoiceFilter(field_name="groups", queryset=Group.objects.order_by("name"))

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def by_text(self, users: QuerySet[User], name: str, text: str) -> QuerySet[User]:
        named = Q(username__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text)
        return users.filter(named | Q(email__icontains=text))


class MemberFilter(django_filters.FilterSet):
    """Of the rows of members, by the name of the device or person (annotated as `shown`)."""

    q = django_filters.CharFilter(field_name="shown", lookup_expr="icontains", max_length=200, label=_("Name"))


def active(filterset: Any) -> bool:
    """Whether anything is searched or filtered at all."""
    return any(filterset.data.get(name) for name in filterset.filters) if filterset.data else False
