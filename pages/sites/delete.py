"""Deletes a site to which no device belongs."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.models import AuditEntry
from devices.access.in_sight import site_in_sight
from devices.access.permissions import DELETE_SITE
from devices.models import Site
from pages.sites.views import FIELDS
from ui.delete_page import DeletePage


class DeleteSite(DeletePage):
    icon = "pin"
    list_url, list_label, detail_url = "devices:sites", gettext_lazy("Sites"), "devices:site"
    kind, fields = AuditEntry.Kind.SITE, FIELDS
    object: Site

    def find(self) -> Site:
        return site_in_sight(self.request.user, self.kwargs["pk"], DELETE_SITE)

    def get_title(self) -> str:
        return self.object.name

    def why_not(self) -> list[str]:
        number = self.object.devices.count()
        if not number:
            return []
        sentence = ngettext(
            "%(number)d device belongs to it. Give it another site first.",
            "%(number)d devices belong to it. Give them another site first.",
            number,
        )
        return [sentence % {"number": number}]

    def consequences(self) -> list[tuple[str, Any]]:
        tokens = self.object.enrolment_tokens.open(timezone.now())
        return [(_("Enrolment tokens that end"), tokens.count())]
