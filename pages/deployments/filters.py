"""What the list of deployments can be searched and filtered on."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from applications.models import Deployment
from applications.rules.words import Way
from applications.status.reach import WAYS
from applications.wording.sentences import WAY_LABELS
from devices.ready_made_names import collections_shown_as
from ui.lists.pills import PillChoice, PillFilter


class DeploymentFilter(PillFilter):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=gettext_lazy("Application or collection"))
    way = PillChoice({str(way): label for way, label in WAY_LABELS.items()}, "by_way")
    application = django_filters.NumberFilter(method="by_key")
    collection = django_filters.NumberFilter(method="by_key")

    class Meta:
        model = Deployment
        fields: tuple[str, ...] = ()

    def by_text(self, deployments: QuerySet[Deployment], name: str, text: str) -> QuerySet[Deployment]:
        text = text.strip()
        if "\x00" in text:
            return deployments.none()
        collection = Q(collection__name__icontains=text) | Q(collection__name__in=collections_shown_as(text))
        return deployments.filter(Q(application__name__icontains=text) | collection)

    def by_way(self, deployments: QuerySet[Deployment], name: str, value: str) -> QuerySet[Deployment]:
        return deployments.filter(WAYS[Way(value)])

    def by_key(self, deployments: QuerySet[Deployment], name: str, value: Any) -> QuerySet[Deployment]:
        """An id; no database has one beyond 63 bits, and none is a fraction."""
        if value != int(value) or not 0 < value < 2**63:
            return deployments.none()
        return deployments.filter(**{name: int(value)})
