"""What the applications of a device can be searched and filtered on (R3); every choice is part of the address."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from applications.rules.status import Status
from applications.status.in_sql import with_status
from applications.wording.sentences import STATUS_LABELS
from ui.lists.filters import ListFilter


class ApplicationFilter(ListFilter):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=_("Name or publisher"))
    status = django_filters.ChoiceFilter(
        method="by_status", label=_("Status"), choices=[(status.value, STATUS_LABELS[status]) for status in Status]
    )

    class Meta:
        model = Application
        fields: tuple[str, ...] = ()

    def by_text(self, applications: QuerySet[Application], name: str, text: str) -> QuerySet[Application]:
        return with_text(applications, text)

    def by_status(self, applications: QuerySet[Application], name: str, value: Any) -> QuerySet[Application]:
        return with_status(applications, Status(value))


def with_text(applications: QuerySet[Application], text: str) -> QuerySet[Application]:
    """Part of the name, version or publisher; text that no name can hold fits nothing."""
    text = text.strip()
    if "\x00" in text:
        return applications.none()
    if not text:
        return applications
    return applications.filter(Q(name__icontains=text) | Q(publisher__icontains=text) | Q(version__icontains=text))
