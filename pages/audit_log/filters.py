"""What the audit log can be searched and filtered on; every choice is part of the address."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audit.models import AuditEntry
from devices.models import Device
from pages.audit_log.wording.subjects import matching
from ui.lists.filters import ListFilter

FIRST, LAST = date(1970, 1, 2), date(9999, 12, 30)  # days that begin within what every clock can show
MAX_NAMES = 1000  # names that are looked up before the entries; see pages/requests/filters.py


class AuditFilter(ListFilter):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=pgettext_lazy("audit log", "About"))
    verb = django_filters.MultipleChoiceFilter(label=_("What"), choices=AuditEntry.Verb.choices)
    who = django_filters.CharFilter(method="by_actor", max_length=150, label=_("Who"))
    device = django_filters.CharFilter(method="by_device", max_length=255, label=_("Device"))
    since = django_filters.DateFilter(method="from_day", label=_("From"))
    until = django_filters.DateFilter(method="to_day", label=_("Up to and including"))

    class Meta:
        model = AuditEntry
        fields: tuple[str, ...] = ()

    def by_text(self, entries: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        return entries.filter(matching(text))

    def by_actor(self, entries: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        """Part of the name of a user, or the whole name of whoever else it was: a client, or who could not sign in."""
        users = get_user_model().objects.filter(username__icontains=text).order_by().values_list("username", flat=True)
        return entries.filter(actor__in=[text, *users[:MAX_NAMES]])

    def by_device(self, entries: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        """Part of the name of a device in sight."""
        devices = Device.objects.visible_to(self.request.user).filter(name__icontains=text).order_by()
        ids = list(devices.values_list("pk", flat=True)[: MAX_NAMES + 1])
        if len(ids) <= MAX_NAMES:
            return entries.filter(device_id__in=ids)
        return entries.filter(device_id__in=devices.values_list("pk", flat=True))

    def from_day(self, entries: QuerySet[AuditEntry], name: str, day: date) -> QuerySet[AuditEntry]:
        if day <= FIRST:
            return entries
        return entries.filter(at__gte=midnight(day)) if day < LAST else entries.none()

    def to_day(self, entries: QuerySet[AuditEntry], name: str, day: date) -> QuerySet[AuditEntry]:
        if day >= LAST:
            return entries
        return entries.filter(at__lt=midnight(day + timedelta(days=1))) if day > FIRST else entries.none()

    @property
    def verbs(self) -> list[dict[str, Any]]:
        """For `ui/_filter_menu.html`."""
        chosen = set(self.data.getlist("verb"))
        return [
            {"value": value, "label": label, "checked": value in chosen} for value, label in AuditEntry.Verb.choices
        ]


def midnight(day: date) -> datetime:
    """When the day begins where the viewer is."""
    return timezone.make_aware(datetime.combine(day, time.min))
