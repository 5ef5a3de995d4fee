"""The columns of the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from audit.models import AuditEntry
from pages.audit_log.wording.details import details_of
from pages.audit_log.wording.subjects import subject_of
from ui.lists.columns import column
from ui.templatetags.koppel import NO_VALUE, clock


class AuditTable(tables.Table):
    at = column(gettext_lazy("When"), "at", td="num")
    actor = column(gettext_lazy("Who"), orderable=False)
    verb = column(gettext_lazy("What"), orderable=False)
    subject = column(pgettext_lazy("audit log", "About"), orderable=False, accessor="name", scope="row", td="wrap")
    device = column(gettext_lazy("Device"), orderable=False, accessor="device_id", th="p1")
    address = column(gettext_lazy("Address"), orderable=False, td="num", th="p2")
    details = column(gettext_lazy("Details"), orderable=False, accessor="facts", td="wrap", th="p3")
    number = column(gettext_lazy("Entry"), orderable=False, td="num", th="p3")

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

    def render_subject(self, record: AuditEntry) -> SafeString | str:
        subject = self.value_subject(record)
        if not self.links or record.kind != AuditEntry.Kind.REQUEST or not record.object_id:
            return subject
        return format_html('<a href="{}">{}</a>', reverse("applications:request", args=[record.object_id]), subject)

    def value_subject(self, record: AuditEntry) -> str:
        return subject_of(record)

    def render_device(self, record: AuditEntry) -> SafeString:
        name = self.value_device(record)
        if not name:
            return NO_VALUE
        return format_html('<a href="{}">{}</a>', reverse("applications:device", args=[record.device_id]), name)

    def value_device(self, record: AuditEntry) -> str:
        """Annotated; empty when the device is gone."""
        return getattr(record, "device_name", None) or ""

    def render_address(self, record: AuditEntry) -> SafeString | str:
        return record.address or NO_VALUE

    def value_address(self, record: AuditEntry) -> str:
        return record.address or ""

    def render_details(self, record: AuditEntry) -> SafeString | str:
        return details_of(record.facts) or NO_VALUE

    def render_number(self, record: AuditEntry) -> SafeString | str:
        return NO_VALUE if record.number is None else localize(record.number)

    def value_number(self, record: AuditEntry) -> int | None:
        return record.number

    def value_details(self, record: AuditEntry) -> str:
        return details_of(record.facts)
