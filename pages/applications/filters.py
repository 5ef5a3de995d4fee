"""What the lists of applications, groups and deployments can be searched and filtered on; all of it in the address."""

from __future__ import annotations

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy

from applications.models import Application, Deployment, DeploymentType
from pages.device_applications.filters import with_text
from ui.lists.pills import PillChoice, PillFilter

SHOW = {
    "deployed": gettext_lazy("Deployed"),
    "idle": gettext_lazy("Not deployed"),
    "superseded": gettext_lazy("Superseded"),
    "empty": gettext_lazy("Without deployment types"),
}


class ApplicationListFilter(PillFilter):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=gettext_lazy("Name or publisher"))
    show = PillChoice(SHOW, "by_kind")

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
