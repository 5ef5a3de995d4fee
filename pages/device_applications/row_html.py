"""What stands in the cells of a row of a device's Applications page."""

from __future__ import annotations

import json
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.rules.eligibility import Reach
from applications.rules.status import ATTENTION, PRESENT
from applications.rules.timing import is_due
from applications.rules.words import Target, Way
from applications.status.rows import Row
from applications.wording.sentences import STATUS_LABELS, came_by, detail, percent, refusal, way_label
from devices.ready_made_names import collection_name
from ui.live.parts import Part
from ui.templatetags.koppel import NO_VALUE, ago, icon, moment
from ui.times import point


def part(row: Row, now: datetime) -> Part:
    """The cells that change by themselves."""
    pk = row.application.pk
    pieces = {f"s{pk}": status(row), f"d{pk}": deadline(row, now), f"c{pk}": ago(row.application.changed_at)}  # type: ignore[attr-defined]
    return Part(str(pk), pieces, state=str(ATTENTION.index(row.status)))


def status(row: Row) -> SafeString:
    """The status; with it travel the verdicts, so that the buttons follow it."""
    drawn = render_to_string(
        "ui/_status.html",
        {
            "status": str(row.status),
            "label": STATUS_LABELS[row.status],
            "detail": detail(row),
            "percent": percent(row),
            "name": row.application.name,
        },
    )
    return format_html('<span data-no="{}"></span>{}', json.dumps(refusals(row), ensure_ascii=False), drawn)


def refusals(row: Row) -> dict[str, str]:
    """Action → why not; only of what is refused."""
    return {str(action): refusal(verdict) for action, verdict in row.verdicts.items() if not verdict.allowed}


def name(row: Row, url: str) -> SafeString:
    application = row.application
    tile = render_to_string("ui/_monogram.html", {"name": application.name, "group": application.is_group})
    return format_html(
        '<span class="app">{}<span><a href="{}">{}</a><small>{}</small></span></span>',
        tile,
        url,
        application.name,
        publisher(row),
    )


def publisher(row: Row) -> str:
    if not row.application.is_group:
        return row.application.publisher
    count = len(row.members)
    return ngettext("Group of %(count)d application", "Group of %(count)d applications", count) % {"count": count}


def version(row: Row) -> str:
    """The version that is there, else the one that would be installed."""
    found = row.report.version if row.report and row.status in PRESENT else ""
    return found or row.application.version


def deadline(row: Row, now: datetime) -> SafeString:
    at = row.application.deadline  # type: ignore[attr-defined]
    if not at:
        return NO_VALUE
    if row.status in PRESENT or not is_due(at, now):
        return moment(at, point(at, now), "")
    return format_html('<span class="past">{}</span>', moment(at, _("%(time)s, passed") % {"time": point(at, now)}, ""))


# How deployments of several kinds are named: the strongest first.
ORDER = (Way.REQUIRED, Way.AVAILABLE, Way.APPROVAL)


def in_order(row: Row) -> list[Reach]:
    return sorted(row.reaches, key=lambda reach: (ORDER.index(reach.way), reach.target, reach.collection))


def through(row: Row) -> SafeString:
    """Every deployment by which the application reaches the device, in two lines."""
    reaches = in_order(row)
    if not reaches:
        symbol = "person" if row.earlier_for else "history"
        return format_html(
            '<span class="thru">{}<span>{}</span><small></small></span>', icon(symbol), ways(row) or NO_VALUE
        )
    kinds = ", ".join(dict.fromkeys(way_label(reach) for reach in reaches))
    collections = ", ".join(dict.fromkeys(collection_name(reach.collection) for reach in reaches))
    return format_html(
        '<span class="thru" title="{}">{}<span>{}</span><small>{}</small></span>',
        ways(row),
        icon("person" if reaches[0].target is Target.PERSON else "laptop"),
        kinds,
        collections,
    )


def ways(row: Row) -> str:
    """The same in one line, for the tooltip and the file."""
    if not row.reaches:
        earlier = _("Earlier installed for %(person)s") % {"person": row.earlier_for} if row.earlier_for else ""
        return earlier or came_by(row)
    return "; ".join(f"{way_label(reach)} · {collection_name(reach.collection)}" for reach in in_order(row))
