"""The columns of the lists of deployments, and of the devices that one reaches."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.models import Deployment
from applications.status.reach import way_of
from applications.wording.sentences import WAY_LABELS
from devices.models import Collection, Device
from pages.authoring.cells import NONE, linked, way_chip
from ui.lists.columns import column
from ui.templatetags.koppel import icon, when


class DeploymentTable(tables.Table):
    application = column(_("Application"), "application__name", "application__version", td="g-name", scope="row")
    collection = column(_("Collection"), "collection__name", "application__name", td="g-a")
    purpose = column(_("Purpose"), "purpose", "requires_approval", "application__name", td="g-state")
    available_from = column(_("Available from"), "available_from", "application__name", td="num", th="p1")
    deadline = column(_("Deadline"), "deadline", "application__name", td="g-d num")
    created_by = column(_("Created by"), "created_by__username", "application__name", th="p2")

    class Meta:
        attrs = {"class": "two areas"}
        order_by = ("application",)
        row_attrs = {"id": lambda record: f"deployment-{record.pk}"}

    @property
    def caption(self) -> str:
        return gettext("Deployments")

    def render_application(self, record: Deployment) -> SafeString:
        tile = render_to_string(
            "ui/_monogram.html", {"name": record.application.name, "group": record.application.is_group}
        )
        link = linked(record, record.get_absolute_url(), record.application.name)
        small = format_html("<small>{}</small>", record.application.version) if record.application.version else ""
        return format_html('<span class="app">{}<span>{}{}</span></span>', SafeString(tile), link, small)

    def value_application(self, record: Deployment) -> str:
        return str(record.application)

    def render_collection(self, record: Deployment) -> SafeString:
        symbol = "users" if record.collection.kind == Collection.Kind.PERSONS else "layers"
        return format_html(
            '<span class="thru">{}<span>{}</span><small>{}</small></span>',
            icon(symbol),
            record.collection,
            record.collection.get_kind_display(),
        )

    def value_collection(self, record: Deployment) -> str:
        return str(record.collection)

    def render_purpose(self, record: Deployment) -> SafeString:
        return way_chip(record)

    def value_purpose(self, record: Deployment) -> str:
        return str(WAY_LABELS[way_of(record.purpose, record.requires_approval)])

    def render_available_from(self, record: Deployment) -> SafeString:
        return when(record.available_from)

    def value_available_from(self, record: Deployment) -> datetime | None:
        return record.available_from

    def render_deadline(self, record: Deployment) -> str:
        return when(record.deadline, gettext("at once")) if record.purpose == Deployment.Purpose.REQUIRED else ""

    def value_deadline(self, record: Deployment) -> datetime | None:
        return record.deadline

    def render_created_by(self, record: Deployment) -> Any:
        return record.created_by.get_username() if record.created_by else NONE

    def value_created_by(self, record: Deployment) -> str:
        return record.created_by.get_username() if record.created_by else ""


class DeploymentsHere(DeploymentTable):
    """On the page of the application itself: its collections lead to the deployments."""

    application = None
    created_by = None
    collection = column(_("Collection"), td="g-name", scope="row", orderable=False)

    class Meta(DeploymentTable.Meta):
        sequence = ("collection", "...")

    def render_collection(self, record: Deployment) -> SafeString:
        kind = record.collection.get_kind_display()
        link = linked(record, record.get_absolute_url(), str(record.collection))
        return format_html('<span class="app"><span>{}<small>{}</small></span></span>', link, kind)


class ReachedTable(tables.Table):
    """Some of the devices that a deployment reaches; `remarks`: what is special about one (device → text)."""

    name = column(_("Device"), td="g-name", scope="row", orderable=False)
    site = column(_("Site"), td="g-a num", orderable=False)
    client = column(_("Client version"), td="g-b num", orderable=False)
    remark = column(_("Remark"), td="g-c wrap", orderable=False)

    class Meta:
        attrs = {"class": "areas"}

    def __init__(self, *args: Any, remarks: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.remarks = remarks

    @property
    def caption(self) -> str:
        return gettext("Devices")

    def render_name(self, record: Device) -> SafeString:
        return linked(record, record.get_absolute_url())

    def render_site(self, record: Device) -> SafeString:
        return format_html('{} <span class="sub">{}</span>', record.site.name, record.site.version)

    def render_client(self, record: Device) -> str:
        return record.client_version or NONE

    def render_remark(self, record: Device) -> str:
        return self.remarks(record) or NONE
