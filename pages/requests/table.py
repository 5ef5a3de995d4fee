"""The columns of a list of requests, of one device or of all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Request
from applications.wording.actions import ACTION_LABELS
from applications.wording.sentences import STATE_LABELS, about
from ui.templatetags.koppel import when


class RequestTable(tables.Table):
    application = tables.Column(
        verbose_name=gettext_lazy("Application"),
        order_by=("target__name", "target__version", "pk"),
        attrs={"td": {"scope": "row", "class": "g-name"}},
    )
    device = tables.Column(
        verbose_name=gettext_lazy("Device"),
        linkify=True,
        order_by=("device__name", "pk"),
        attrs={"td": {"class": "g-c"}},
    )
    action = tables.Column(
        verbose_name=gettext_lazy("Action"), order_by=("action", "pk"), attrs={"td": {"class": "g-a"}}
    )
    state = tables.Column(
        verbose_name=gettext_lazy("State"), order_by=("state", "pk"), attrs={"td": {"class": "g-state"}}
    )
    outcome = tables.Column(
        accessor="reason",
        verbose_name=gettext_lazy("Detail"),
        orderable=False,
        empty_values=(),
        visible=False,
    )
    requester = tables.Column(
        verbose_name=gettext_lazy("Asked by"),
        order_by=("requester", "pk"),
        empty_values=(),
        attrs={"th": {"class": "p1"}, "td": {"class": "p1"}},
    )
    created_at = tables.Column(
        verbose_name=gettext_lazy("Asked"), order_by=("created_at", "pk"), attrs={"td": {"class": "g-b num"}}
    )
    finished_at = tables.Column(
        verbose_name=gettext_lazy("Finished"),
        empty_values=(),
        attrs={"th": {"class": "p2"}, "td": {"class": "p2 num g-d"}},
    )

    class Meta:
        attrs = {"class": "two areas"}
        order_by = ("-created_at",)

    @property
    def caption(self) -> str:
        return _("Requests")

    def render_application(self, record: Request) -> SafeString:
        tile = render_to_string("ui/_monogram.html", {"name": record.target.name, "group": record.target.is_group})
        url = f"{reverse('applications:device', args=[record.device_id])}?app={record.application_id}"
        person = _("for %(person)s") % {"person": record.person} if record.person else record.target.version
        return format_html(
            '<span class="app">{}<span><a href="{}">{}</a><small>{}</small></span></span>',
            tile,
            url,
            record.target.name,
            person,
        )

    def value_application(self, record: Request) -> str:
        return str(record.target)

    def render_action(self, record: Request) -> str:
        return str(ACTION_LABELS[record.action])

    def render_state(self, record: Request) -> SafeString:
        return render_to_string(
            "ui/_status.html",
            {
                "status": record.state,
                "label": STATE_LABELS[record.state],
                "detail": about(record),
                "percent": record.percent if record.is_open else None,
                "name": record.target.name,
            },
        )

    def value_state(self, record: Request) -> str:
        return str(STATE_LABELS[record.state])

    def value_outcome(self, record: Request) -> str:
        return about(record)

    def render_requester(self, record: Request) -> str:
        return record.requester or _("the device itself")

    def render_created_at(self, record: Request) -> SafeString:
        return when(record.created_at)

    def value_created_at(self, record: Request) -> datetime:
        return record.created_at

    def render_finished_at(self, record: Request) -> SafeString:
        return when(record.finished_at)

    def value_finished_at(self, record: Request) -> datetime | None:
        return record.finished_at

    def order_finished_at(self, requests: QuerySet[Request], descending: bool) -> tuple[Any, bool]:
        """What is not finished comes last either way."""
        finished = F("finished_at")
        order = finished.desc(nulls_last=True) if descending else finished.asc(nulls_last=True)
        return requests.order_by(order, "pk"), True
