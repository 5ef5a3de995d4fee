"""The columns of the lists of applications, application groups and deployments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from applications.models import Application, Deployment
from applications.reach import way_of
from applications.sentences import WAY_LABELS
from console.columns import column
from console.templatetags.koppel import icon, when
from devices.models import Collection, Device

NONE = SafeString('<span class="sub">–</span>')
WAY_LOOKS = {"required": ("new", "flag"), "available": ("plain", "get"), "approval": ("info", "shield")}


def linked(thing: Any, url: str, text: str = "") -> SafeString:
    return format_html('<a href="{}">{}</a>', url, text or thing)


def named(application: Application, note: str = "") -> SafeString:
    """Tile, name as a link, and a line under it."""
    tile = render_to_string("_tile.html", {"name": application.name, "group": application.is_group})
    link = linked(application, application.get_absolute_url(), application.name)
    small = format_html("<small>{}</small>", note) if note else ""
    return format_html('<span class="app">{}<span>{}{}</span></span>', SafeString(tile), link, small)


class ApplicationTable(tables.Table):
    name = column(_("Name"), "name", "version", td="g-name", scope="row")
    version = column(_("Version"), "version", "name", td="g-b num")
    publisher = column(_("Publisher"), "publisher", "name", "version", td="g-a")
    types = column(_("Deployment types"), "number_of_types", "name", "version", td="g-state")
    deployments = column(_("Deployments"), "number_of_deployments", "name", "version", td="num")
    superseded_by = column(
        _("Superseded by"), "superseded_by__name", "superseded_by__version", "name", td="g-d", th="p1"
    )

    class Meta:
        attrs = {"class": "two areas"}
        order_by = ("name",)

    @property
    def caption(self) -> str:
        return gettext("Applications")

    def render_name(self, record: Application) -> SafeString:
        return named(record)

    def value_name(self, record: Application) -> str:
        return record.name

    def render_version(self, record: Application) -> str:
        return record.version or NONE

    def value_version(self, record: Application) -> str:
        return record.version

    def render_publisher(self, record: Application) -> str:
        return record.publisher or NONE

    def value_publisher(self, record: Application) -> str:
        return record.publisher

    def render_types(self, record: Application) -> SafeString:
        types = list(record.deployment_types.all())
        if not types:
            return format_html('<span class="chip t-warn">{}{}</span>', icon("warn"), gettext("none"))
        platforms = dict.fromkeys(each.get_platform_display() for each in types)
        words = ngettext("%(count)d type", "%(count)d types", len(types)) % {"count": len(types)}
        return format_html('{} <span class="sub">{}</span>', words, ", ".join(platforms))

    def value_types(self, record: Application) -> str:
        return ", ".join(each.name for each in record.deployment_types.all())

    def render_deployments(self, record: Application) -> SafeString:
        return format_html("{}", record.number_of_deployments) if record.number_of_deployments else NONE  # type: ignore[attr-defined]

    def value_deployments(self, record: Application) -> int:
        return record.number_of_deployments  # type: ignore[attr-defined]

    def render_superseded_by(self, record: Application) -> str:
        by = record.superseded_by
        return (
            format_html('<span class="duo">{}{}</span>', icon("arrow"), linked(by, by.get_absolute_url())) if by else ""
        )

    def value_superseded_by(self, record: Application) -> str:
        return str(record.superseded_by or "")


class GroupTable(ApplicationTable):
    """`types` and `superseded_by` of an application give way to the members."""

    types = None
    superseded_by = None
    members = column(_("Members, in this order"), "number_of_members", "name", "version", td="g-state wrap")

    class Meta(ApplicationTable.Meta):
        sequence = ("name", "version", "publisher", "members", "deployments")

    @property
    def caption(self) -> str:
        return gettext("Application groups")

    def render_members(self, record: Application) -> SafeString:
        places = record.group_members.all()
        if not places:
            return format_html('<span class="chip t-warn">{}{}</span>', icon("warn"), gettext("none"))
        return format_html_join(", ", "{}", ((place.application,) for place in places))

    def value_members(self, record: Application) -> str:
        return ", ".join(str(place.application) for place in record.group_members.all())


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
        tile = render_to_string("_tile.html", {"name": record.application.name, "group": record.application.is_group})
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
        link = linked(record, record.get_absolute_url(), record.collection.name)
        return format_html('<span class="app"><span>{}<small>{}</small></span></span>', link, kind)


def way_chip(deployment: Deployment) -> SafeString:
    """Required, Available or Needs approval, as everywhere else."""
    way = way_of(deployment.purpose, deployment.requires_approval)
    tone, symbol = WAY_LOOKS[way]
    return format_html('<span class="chip t-{}">{}{}</span>', tone, icon(symbol), WAY_LABELS[way])


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
