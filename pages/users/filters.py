"""What the list of users can be searched and filtered on."""

from __future__ import annotations

import django_filters
from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ui.lists.filters import ListFilter


class UserFilter(ListFilter):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=_("User name, name or email"))
    role = django_filters.ModelChoiceFilter(field_name="groups", queryset=Group.objects.order_by("name"))

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def by_text(self, users: QuerySet[User], name: str, text: str) -> QuerySet[User]:
        named = Q(username__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text)
        return users.filter(named | Q(email__icontains=text))
