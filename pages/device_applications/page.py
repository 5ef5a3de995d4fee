"""What a device's Applications page shows, in parts: for the page itself, and for the poll that keeps it fresh."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from applications.models import Application
from applications.rules import versions
from applications.rules.status import Status
from applications.status.in_sql import applications_on, status_counts
from applications.status.rows import Row, rows_for
from applications.wording.sentences import STATUS_LABELS
from devices.access.permissions import APPROVE
from devices.models import Device
from devices.presence.contact import Contact, contact_of
from pages.device.head import facts_of
from pages.device_applications import details, row_html
from pages.device_applications.filters import ApplicationFilter, with_text
from ui.address import changed, number
from ui.live.parts import Part
from ui.times import brief

QUICK, SLOW = 0.75, 10
PASSING = ("ask", "id", "since", "at", "seen", "n")  # of an address: what is about one moment, not about the view


@dataclass
class DevicePage:
    """One viewer's look at one device. `query`: the address, which says what is searched and which pane is open."""

    device: Device
    user: Any
    query: QueryDict
    now: datetime

    def __post_init__(self) -> None:
        self.shown = number(self.query.get("app", ""))
        self.status = next((s for s in Status if s == self.query.get("status")), None)
        self.may_approve = (
            self.user.is_superuser or Device.objects.visible_to(self.user, APPROVE).filter(pk=self.device.pk).exists()
        )
        self.facts = facts_of(self.device, self.user, self.now)
        self.listed: QuerySet[Application] = applications_on(self.device, self.user)
        self.counts = status_counts(with_text(self.listed, self.query.get("q", "")))

    @property
    def filtered(self) -> bool:
        return ApplicationFilter(self.query, self.listed).active

    @cached_property
    def reaching(self) -> int:
        """How many applications are listed at all."""
        return self.listed.count() if self.query.get("q") else self.total

    @property
    def total(self) -> int:
        """How many applications fit the search, whatever their status."""
        return sum(self.counts.values())

    def fetch_rows(self, applications: Iterable[Application], also: Iterable[int] = ()) -> None:
        """Fetch the facts for the rows of the list, for the pane and for `also` (ids), in one go."""
        known = {application.pk: application for application in applications}
        wanted = {pk for pk in (self.shown, *also) if pk and pk not in known}
        if wanted:
            known |= {application.pk: application for application in self.listed.filter(pk__in=wanted)}
        rows = rows_for(self.device, list(known.values()), self.user, self.now)
        self.rows = {row.application.pk: row for row in rows}

    @property
    def row_shown(self) -> Row | None:
        return self.rows.get(self.shown)

    def parts_of_page(self) -> list[Part]:
        """Head, banner and counts."""
        return [
            Part("facts", {fact.id: fact.value for fact in self.facts}),
            Part("banner", {"banner": self.banner()}),
            Part("pills", {"pills": self.pills()}),
        ]

    def parts_of_rows(self, ids: Sequence[int]) -> list[Part]:
        return [row_html.part(self.rows[pk], self.now) for pk in ids if pk in self.rows]

    def parts_of_pane(self) -> list[Part]:
        if not self.row_shown:
            return []
        return details.parts(self.row_shown, details.Viewer(self.user, self.now, self.may_approve))

    def interval(self, ids: Sequence[int]) -> float:
        """Seconds between polls: while something that is shown is under way, a report is seen within a second."""
        return QUICK if any(self.rows[pk].request for pk in (*ids, self.shown) if pk in self.rows) else SLOW

    def address(self, **changes: str | None) -> str:
        """The query of this view with changes (None takes a field away)."""
        return changed(self.query, *PASSING, **changes)

    def banner(self) -> SafeString:
        """What holds for the whole page: offline, and what the versions of site and client leave possible (R12)."""
        return render_to_string("device_applications/_remarks.html", {"remarks": list(self.remarks())})

    def remarks(self) -> Iterable[dict[str, str]]:
        device, site = self.device, self.device.site
        contact = contact_of(device, self.now)
        if site.version < versions.FIRST_SITE:
            return
        if device.copied_at:
            text = _("Its overview says what can be done.")
            yield {"tone": "bad", "icon": "bad", "title": _("Two machines speak as this device."), "text": text}
        if contact is Contact.NEVER:
            yield {"tone": "warn", "icon": "off", "title": _("Never connected."), "text": self.possible_offline()}
        elif contact is not Contact.ONLINE:
            since = brief(device.last_contact, self.now) if device.last_contact else ""
            title = _("Offline since %(time)s.") % {"time": since}
            yield {"tone": "warn", "icon": "off", "title": title, "text": self.possible_offline()}
        if device.client_version and not versions.is_recent(device.client_version):
            yield {
                "tone": "info",
                "icon": "info",
                "title": _("Client %(client)s on site %(site)s.")
                % {"client": device.client_version, "site": site.version},
                "text": (
                    _(
                        "Only Install and Reinstall, and only of what needs approval or is available to a user; "
                        "of the rest the status. Client %(needed)s or newer can do everything."
                    )
                    if site.version >= versions.EVERYTHING_LISTED
                    else _("Only Install and Reinstall. Client %(needed)s or newer can do everything.")
                )
                % {"needed": versions.RECENT_CLIENT},
            }
        if site.version < versions.EVERYTHING_LISTED:
            yield {
                "tone": "info",
                "icon": "info",
                "title": _("Site version %(site)s.") % {"site": site.version},
                "text": _(
                    "It lists only what needs approval or is available to a user; "
                    "from %(needed)s on everything that reaches the device."
                )
                % {"needed": versions.EVERYTHING_LISTED},
            }

    def possible_offline(self) -> str:
        if self.device.site.queue_every_action:
            return _("Every action can be asked for; it waits until the device is online, or until it expires.")
        return _(
            "Install is possible for applications that need approval or are available to a user; "
            "other actions need the device online."
        )

    def pills(self) -> SafeString:
        first = {
            "id": "pill-all",
            "label": _("All"),
            "count": self.total,
            "url": self.address(status=None, page=None),
            "current": self.status is None,
            "status": "",
        }
        others = [
            {
                "id": f"pill-{status}",
                "label": STATUS_LABELS[status],
                "count": self.counts[status],
                "url": self.address(status=str(status), page=None),
                "current": self.status is status,
                "status": str(status),
            }
            for status in Status
        ]
        return render_to_string("ui/_status_pills.html", {"pills": [first, *others]})
