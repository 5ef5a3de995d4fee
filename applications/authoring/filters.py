"""What the lists of applications, groups and deployments can be searched and filtered on; all of it in the address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.filters import with_text
from applications.models import Application, Deployment, DeploymentType
from applications.reach import WAYS
from applications.rules.words import Way
from applications.sentences import WAY_LABELS

SHOW = {
    "deployed": gettext_lazy("Deployed"),
    "idle": gettext_lazy("Not deployed"),
    "superseded": gettext_lazy("Superseded"),
    "empty": gettext_lazy("Without deployment types"),
}
GROUP_SHOW = {
    "deployed": gettext_lazy("Deployed"),
    "idle": gettext_lazy("Not deployed"),
    "empty": gettext_lazy("Without members"),
}


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
        """For `_pills.html`: all, and each choice of this filter."""
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


class ApplicationListFilter(Filter):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=gettext_lazy("Name or publisher"))
    show = Choice(SHOW, "by_kind")

    class Meta:
        model = Application
        fields: tuple[str, ...] = ()

    def by_text(self, applications: QuerySet[Application], name: str, text: str) -> QuerySet[Application]:
        return with_text(applications, text)

    def by_kind(self, applications: QuerySet[Application], name: str, value: str) -> QuerySet[Application]:
        deployed = Exists(Deployment.objects.visible_to(self.request.user).filter(application=OuterRef("pk")))
        kinds: dict[str, Q] = {
            "deployed": Q(deployed),
            "idle": ~Q(deployed),
            "superseded": Q(superseded_by__isnull=False),
            "empty": ~Q(Exists(DeploymentType.objects.filter(application=OuterRef("pk")))),
        }
        return applications.filter(kinds[value])


class GroupListFilter(ApplicationListFilter):
    show = Choice(GROUP_SHOW, "by_kind")

    def by_kind(self, applications: QuerySet[Application], name: str, value: str) -> QuerySet[Application]:
        if value == "empty":
            return applications.filter(group_members__isnull=True)
        return super().by_kind(applications, name, value)


class DeploymentFilter(Filter):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=gettext_lazy("Application or collection"))
    way = Choice({str(way): label for way, label in WAY_LABELS.items()}, "by_way")
    application = django_filters.NumberFilter(method="by_key")
    collection = django_filters.NumberFilter(method="by_key")

    class Meta:
        model = Deployment
        fields: tuple[str, ...] = ()

    def by_text(self, deployments: QuerySet[Deployment], name: str, text: str) -> QuerySet[Deployment]:
        text = text.strip()
        if "\x00" in text:
            return deployments.none()
        return deployments.filter(Q(application__name__icontains=text) | Q(collection__name__icontains=text))

    def by_way(self, deployments: QuerySet[Deployment], name: str, value: str) -> QuerySet[Deployment]:
        return deployments.filter(WAYS[Way(value)])

    def by_key(self, deployments: QuerySet[Deployment], name: str, value: Any) -> QuerySet[Deployment]:
        """An id; no database has one beyond 63 bits, and none is a fraction."""
        if value != int(value) or not 0 < value < 2**63:
            return deployments.none()
        return deployments.filter(**{name: int(value)})
