"""The columns of the list of application groups."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from pages.applications.table import ApplicationTable
from ui.lists.columns import column
from ui.templatetags.koppel import icon


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
