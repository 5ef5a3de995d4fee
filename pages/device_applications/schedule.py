"""When a deployment is available and due, in the time zone of the device and in that of the viewer (R5)."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from applications.rules.eligibility import Reach
from applications.rules.words import Way
from ui.middleware.viewer import ZONES
from ui.times import dated

FULL = "D j M Y, H:i"


def zone_of(name: str) -> ZoneInfo | None:
    """The zone that the client reported, when this machine knows it."""
    return ZoneInfo(name) if name in ZONES else None


def in_two_zones(at: datetime, device_zone: ZoneInfo | None) -> SafeString:
    """The moment as the device's clock says it, and as the viewer's does when that differs at that moment."""
    mine = timezone.localtime(at)
    yours = _("your time (%(city)s)") % {"city": city(timezone.get_current_timezone())}
    if device_zone is None:
        return format_html("<b>{}</b> <small>{}</small>", dated(mine, FULL), yours)
    there = at.astimezone(device_zone)
    if there.utcoffset() == mine.utcoffset():
        return format_html("<b>{}</b> <small>{}</small>", dated(there, FULL), _("device time, and yours"))
    return format_html(
        "<b>{}</b> <small>{}</small><br>{} <small>{}</small>",
        dated(there, FULL),
        _("device time (%(city)s)") % {"city": city(device_zone)},
        dated(mine, "H:i" if mine.date() == there.date() else FULL),
        yours,
    )


def city(zone: tzinfo) -> str:
    return str(zone).rsplit("/", 1)[-1].replace("_", " ")


def facts(reach: Reach, device_zone: ZoneInfo | None) -> list[tuple[str, SafeString | str]]:
    """The schedule of one deployment."""
    start = in_two_zones(reach.available_from, device_zone) if reach.available_from else _("at once")
    pairs: list[tuple[str, SafeString | str]] = [(_("Available from"), start)]
    if reach.way is Way.REQUIRED:
        end = in_two_zones(reach.deadline, device_zone) if reach.deadline else _("as soon as possible")
        pairs.append((_("Deadline"), end))
    if reach.way is Way.APPROVAL:
        pairs.append((_("Approval"), _("asking for the install is the approval")))
    return pairs
