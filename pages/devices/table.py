"""The columns of All devices; each sorts on something that the database can sort on, and on the key after that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.db.models import Case, Count, F, OuterRef, QuerySet, Subquery, When
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from devices.access.in_sight import of_persons_in_sight
from devices.models import Device, SignIn
from devices.presence.contact import Contact, contact_of, last_contact
from pages.devices.counts import failed_reports, installed_and_failed
from ui.lists.columns import column
from ui.live.parts import Part, element
from ui.templatetags.koppel import NO_VALUE, icon, moment
from ui.times import brief

DOTS = {Contact.ONLINE: "", Contact.OFFLINE: "off", Contact.SILENT: "stale", Contact.NEVER: "off"}


class DeviceTable(tables.Table):
    name = tables.Column(
        verbose_name=_("Device name"),
        linkify=True,
        order_by=("name", "pk"),
        attrs={"td": {"scope": "row", "class": "g-name"}},
    )
    online = column(_("Online"), "online", "name", td="g-state")
    site = column(_("Site"), "site__name", "name", td="g-c num")
    primary_user = column(_("Primary user"), td="g-a")
    signed_in = column(_("Signed in"), th="p1")
    os = column(_("OS"), "os", "name", td="short", th="p1")
    client_version = column(_("Client version"), "client_version", "name", td="num", th="p2")
    join_type = column(_("Join type"), "join_type", "name", th="p3")
    applications = column(_("Installed"), td="g-b")
    last_contact = column(_("Last contact"), "last_contact", td="g-d num", th="p1")

    class Meta:
        attrs = {"class": "areas"}
        order_by = ("name",)

    def __init__(self, *args: Any, user: Any, now: datetime, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user, self.now = user, now
        self.counts: dict[int, tuple[int, int]] = {}
        self.parts: dict[int, Part] = {}

    def prepare(self, devices: Sequence[Device]) -> None:
        """Learn, in one query, what the rows that are shown say of applications."""
        self.counts = installed_and_failed(devices, self.user)

    @property
    def caption(self) -> str:
        return gettext("Devices")

    def part(self, record: Device) -> Part:
        """The cells of a row that change by themselves, of the columns that are shown."""
        drawn = {
            "online": self._online,
            "primary_user": self._primary_user,
            "signed_in": self._signed_in,
            "applications": self._applications,
            "last_contact": last_contact,
        }
        pieces = {f"{name}-{record.pk}": draw(record) for name, draw in drawn.items() if name in self.columns}
        return Part(str(record.pk), {name: conditional_escape(piece) for name, piece in pieces.items()})

    def _piece(self, record: Device, name: str) -> SafeString:
        if record.pk not in self.parts:
            self.parts[record.pk] = self.part(record)
        identifier = f"{name}-{record.pk}"
        return element(identifier, self.parts[record.pk].pieces[identifier])

    def render_online(self, record: Device) -> SafeString:
        return self._piece(record, "online")

    def _online(self, record: Device) -> SafeString:
        contact = contact_of(record, self.now)
        since = record.online_since if record.online else record.last_contact
        word = contact.label if contact in (Contact.ONLINE, Contact.NEVER) else Contact.OFFLINE.label
        moment_of = moment(since, gettext("since %(time)s") % {"time": brief(since, self.now)}, "") if since else ""
        return format_html(
            '<span class="on-dot {}">{} <span class="sub num">{}</span></span>', DOTS[contact], word, moment_of
        )

    def value_online(self, record: Device) -> str:
        return str(contact_of(record, self.now).label)

    def render_site(self, record: Device) -> SafeString:
        return format_html('{} <span class="sub">{}</span>', record.site.name, record.site.version)

    def value_site(self, record: Device) -> str:
        return str(record.site)

    def render_primary_user(self, record: Device) -> SafeString:
        return self._piece(record, "primary_user")

    def _primary_user(self, record: Device) -> SafeString | str:
        return record.primary_user.username if record.primary_user else NO_VALUE

    def value_primary_user(self, record: Device) -> str:
        return record.primary_user.username if record.primary_user else ""

    def order_primary_user(self, devices: QuerySet[Device], descending: bool) -> tuple[QuerySet[Device], bool]:
        """By the names in sight only: the order must not tell the others."""
        seen = of_persons_in_sight(self.user, "primary_user")
        name = F("primary_user__username")
        return self._by(devices, Case(When(seen, then=name)) if seen else name, descending)

    def render_signed_in(self, record: Device) -> SafeString:
        return self._piece(record, "signed_in")

    def _signed_in(self, record: Device) -> SafeString:
        names = [sign_in.person.username for sign_in in record.sign_ins.all()]
        if not names:
            return format_html('<span class="sub">{}</span>', gettext("nobody"))
        return format_html_join(", ", "{}", ((name,) for name in names))

    def value_signed_in(self, record: Device) -> str:
        return ", ".join(sign_in.person.username for sign_in in record.sign_ins.all())

    def order_signed_in(self, devices: QuerySet[Device], descending: bool) -> tuple[QuerySet[Device], bool]:
        seen = SignIn.objects.filter(of_persons_in_sight(self.user), device=OuterRef("pk"))
        first = seen.order_by("person__username").values("person__username")[:1]
        return self._by(devices, Subquery(first), descending)

    def render_client_version(self, record: Device) -> SafeString | str:
        return record.client_version or NO_VALUE

    def value_client_version(self, record: Device) -> str:
        return record.client_version

    def render_applications(self, record: Device) -> SafeString:
        return self._piece(record, "applications")

    def _applications(self, record: Device) -> SafeString:
        installed, failed = self.counts.get(record.pk, (0, 0))
        here = format_html('{}<span class="vh"> {}</span>', installed, gettext("installed"))
        if not failed:
            return format_html('<span class="num">{}</span>', here)
        words = ngettext("%(count)d failed", "%(count)d failed", failed) % {"count": failed}
        return format_html(
            '<span class="duo"><span class="num">{}</span><span class="chip t-bad">{}{}</span></span>',
            here,
            icon("bad"),
            words,
        )

    def value_applications(self, record: Device) -> str:
        return gettext("%(installed)d installed, %(failed)d failed") % dict(
            zip(("installed", "failed"), self.counts.get(record.pk, (0, 0)), strict=True)
        )

    def order_applications(self, devices: QuerySet[Device], descending: bool) -> tuple[QuerySet[Device], bool]:
        """By how many failed; they are counted only for the few devices on which something did."""
        failed = failed_reports(self.user)
        here = failed.filter(device=OuterRef("pk")).values("device")
        counted = here.annotate(number=Count("application", distinct=True)).values("number")
        number = Case(When(pk__in=failed.values("device"), then=Subquery(counted)), default=0)
        return self._by(devices, number, descending)

    def render_last_contact(self, record: Device) -> SafeString:
        return self._piece(record, "last_contact")

    def order_last_contact(self, devices: QuerySet[Device], descending: bool) -> tuple[QuerySet[Device], bool]:
        """Those online first, then by the moment; who was never there counts as longest ago, as the index has it."""
        at = F("last_contact")
        if descending:
            return devices.order_by("-online", at.desc(nulls_last=True), "-pk"), True
        return devices.order_by("online", at.asc(nulls_first=True), "pk"), True

    def value_last_contact(self, record: Device) -> datetime | None:
        return self.now if record.stream else record.last_contact

    @staticmethod
    def _by(devices: QuerySet[Device], key: Any, descending: bool) -> tuple[QuerySet[Device], bool]:
        devices = devices.annotate(sorted_by=key)
        order = F("sorted_by").desc(nulls_last=True) if descending else F("sorted_by").asc(nulls_last=True)
        return devices.order_by(order, "name", "pk"), True
