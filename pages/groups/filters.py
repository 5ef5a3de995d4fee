"""What the list of application groups can be searched and filtered on."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from applications.models import Application
from pages.applications.filters import ApplicationListFilter
from ui.lists.pills import PillChoice

GROUP_SHOW = {
    "deployed": gettext_lazy("Deployed"),
    "idle": gettext_lazy("Not deployed"),
    "empty": gettext_lazy("Without members"),
}


class GroupListFilter(ApplicationListFilter):
    show = PillChoice(GROUP_SHOW, "by_kind")

    def by_kind(self, applications: QuerySet[Application], name: str, value: str) -> QuerySet[Application]:
        if value == "empty":
            return applications.filter(group_members__isnull=True)
        return super().by_kind(applications, name, value)
