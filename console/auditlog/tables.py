"""The columns of the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.auditlog.targets import target_in_words
from console.auditlog.words import details_of
from console.models import AuditEntry
from ui.lists.columns import column
from ui.templatetags.koppel import NO_VALUE, clock


class AuditTable(tables.Table):
    at = column(gettext_lazy("When"), "at", td="num")
    actor = column(gettext_lazy("Who"), orderable=False)
    verb = column(gettext_lazy("What"), orderable=False)
    target = column(gettext_lazy("About"), orderable=False, scope="row", td="wrap")
    device = column(gettext_lazy("Device"), orderable=False, th="p1")
    address = column(gettext_lazy("Address"), orderable=False, td="num", th="p2")
    details = column(gettext_lazy("Details"), orderable=False, td="wrap", th="p3")

    class Meta:
        order_by = ("-at",)

    def __init__(self, *args: Any, links: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.links = links  # whether the reader may open requests

    @property
    def caption(self) -> str:
        return _("Audit log")

    def render_at(self, record: AuditEntry) -> SafeString:
        return clock(record.at)

    def value_at(self, record: AuditEntry) -> datetime:
        return record.at

    def render_actor(self, record: AuditEntry) -> str:
        return record.actor

    def render_verb(self, record: AuditEntry) -> str:
        return record.get_verb_display()

    def render_target(self, record: AuditEntry) -> SafeString | str:
        asked = record.details.get("request") if self.links else None
        target = self.value_target(record)
        if not asked:
            return target
        return format_html('<a href="{}">{}</a>', reverse("applications:request", args=[asked]), target)

    def value_target(self, record: AuditEntry) -> str:
        return target_in_words(record.verb, record.target)

    def render_device(self, record: AuditEntry) -> SafeString:
        if not record.device:
            return NO_VALUE
        return format_html('<a href="{}">{}</a>', record.device.get_absolute_url(), record.device)

    def value_device(self, record: AuditEntry) -> str:
        return str(record.device) if record.device else ""

    def render_address(self, record: AuditEntry) -> SafeString | str:
        return record.address or NO_VALUE

    def value_address(self, record: AuditEntry) -> str:
        return record.address or ""

    def render_details(self, record: AuditEntry) -> SafeString | str:
        return details_of(record.details) or NO_VALUE

    def value_details(self, record: AuditEntry) -> str:
        return details_of(record.details)
