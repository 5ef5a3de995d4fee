"""What the lists of collections, members and persons can be searched and filtered on."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from devices.models import Collection
from devices.ready_made_names import collections_shown_as
from ui.lists.filters import ListFilter


class CollectionFilter(ListFilter):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=_("Name or comment"))
    kind = django_filters.ChoiceFilter(choices=Collection.Kind.choices, label=_("Of"))

    class Meta:
        model = Collection
        fields: tuple[str, ...] = ()

    def by_text(self, collections: QuerySet[Collection], name: str, text: str) -> QuerySet[Collection]:
        return collections.filter(
            Q(name__icontains=text) | Q(name__in=collections_shown_as(text)) | Q(comment__icontains=text)
        )


class MemberFilter(ListFilter):
    """Of the rows of members, by the name of the device or person (annotated as `shown`)."""

    q = django_filters.CharFilter(field_name="shown", lookup_expr="icontains", max_length=200, label=_("Name"))
