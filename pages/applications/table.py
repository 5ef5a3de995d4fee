"""The columns of the lists of applications, application groups and deployments."""

from __future__ import annotations

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from pages.authoring.cells import NONE, linked
from ui.lists.columns import column
from ui.templatetags.koppel import icon


def named(application: Application, note: str = "") -> SafeString:
    """Tile, name as a link, and a line under it."""
    tile = render_to_string("ui/_monogram.html", {"name": application.name, "group": application.is_group})
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
