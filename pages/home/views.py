"""Home: the devices in sight at a glance; what is under way, what failed, what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView

from applications.models import Report
from applications.requests.upkeep import upkeep
from applications.status import figures
from devices.access.permissions import READ_APPLICATION
from devices.presence.contact import Contact
from pages.devices.counts import fleet
from pages.home import chart
from ui.lists.counting import Count
from ui.live.page import LiveAnswer, LivePage
from ui.live.parts import Part, pieces_of
from ui.templatetags.koppel import ago

MAX_FAILURES, MAX_DEADLINES = 6, 5
COMPLETE, LATER = "0", "1"  # states of a part: the first poll brings what takes long to count
HOURS_PER_LABEL = 3  # hours between two labels of the chart

# What clients report, in the order of the bar; each has a fill of that name.
REPORTED = (
    (Report.Found.INSTALLED, "ok"),
    (Report.Found.RESTART_PENDING, "warn"),
    (Report.Found.REQUIREMENTS_NOT_MET, "bad2"),
    (Report.Found.FAILED, "bad"),
    (Report.Found.NOT_INSTALLED, "mute"),
)
SUMMARY = gettext_lazy("Requests per hour, last 24 hours: %(done)s succeeded, %(failed)s failed")


class Home(LivePage, TemplateView):
    live_url, seconds = "home_live", 15
    not_polled = ("count",)
    template_name = "home/home.html"

    def check_access(self) -> None:
        """Open to whoever is signed in; each figure is of what is in sight."""

    def interval(self, parts: Sequence[Part]) -> float:
        return self.seconds if all(part.state == COMPLETE for part in parts) else 1

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        parts = parts_of(self.request.user, timezone.now(), patient="count" in self.request.GET)
        return super().get_context_data(**kwargs) | {
            "parts": pieces_of(parts),
            "applications": self.request.user.has_perm(READ_APPLICATION),
            "poll": self.poll(parts),
        }


class HomeLive(LiveAnswer, Home):
    def parts(self, shown: Mapping[str, str]) -> list[Part]:
        return parts_of(self.request.user, timezone.now(), patient=True)


def parts_of(user: Any, now: datetime, *, patient: bool) -> list[Part]:
    """The figures, each of which changes by itself; those about applications only for who may read applications."""
    pieces = devices(user, now) | {"upkeep": still_swept(now)}
    later = False
    if user.has_perm(READ_APPLICATION):
        known = reported(user, patient)
        later = "later" in known
        chart_of = hours(user, now)
        drawn = {
            "reported": known,
            "sum": chart_of,
            "hours": chart_of,
            "numbers": chart_of,
            "failures": {"failures": figures.recent_failures(user, MAX_FAILURES)},
            "deadlines": {"deadlines": figures.next_deadlines(user, now, MAX_DEADLINES)},
        }
        pieces |= requests(user) | {
            key: render_to_string(f"home/_{key}.html", context) for key, context in drawn.items()
        }
    states = {"reported": LATER} if later else {}
    return [Part(key, {f"home_{key}": html}, states.get(key, COMPLETE)) for key, html in pieces.items()]


def still_swept(now: datetime) -> SafeString:
    """A warning when lost wake-ups are no longer repaired; empty else."""
    known = upkeep(now)
    return render_to_string("home/_upkeep.html", {"upkeep": known, "last": ago(known.last, _("never"))})


def devices(user: Any, now: datetime) -> dict[str, SafeString]:
    counted = fleet(user, now)
    contact = counted.by["contact"]
    devices = ngettext("of %(count)s device", "of %(count)s devices", counted.total)
    return {
        "online": figure(contact[Contact.ONLINE], devices % {"count": localize(counted.total)}),
        "silent": figure(contact[Contact.SILENT], _("no contact")),
    }


def requests(user: Any) -> dict[str, SafeString]:
    asked, failed = figures.open_requests(user), figures.failed_installs(user)
    waiting = ngettext("%(count)s waits for its device", "%(count)s wait for their device", asked["waiting"].number)
    on = ngettext("on %(count)s device", "on %(count)s devices", failed["devices"].number)
    return {
        "open": figure(asked["open"], waiting % {"count": asked["waiting"]}),
        "failed": figure(failed["installs"], on % {"count": failed["devices"]}),
    }


def figure(number: int | Count, text: str) -> SafeString:
    return format_html("{}<small>{}</small>", number if isinstance(number, Count) else localize(number), text)


def reported(user: Any, patient: bool) -> dict[str, Any]:
    """The bar of what the clients last reported; the first poll brings what takes long to count."""
    found = figures.reported(user, patient=patient)
    if found is None:
        return {"later": True}
    numbers = [found.get(code, 0) for code, _fill in REPORTED]
    places = chart.split(numbers)
    return {
        "total": sum(numbers),
        "keys": [
            {"fill": fill, "label": code.label, "number": number}
            for (code, fill), number in zip(REPORTED, numbers, strict=True)
        ],
        "rects": [
            {"fill": fill, "x": x, "width": width}
            for (_code, fill), (x, width) in zip(REPORTED, places, strict=False)
            if width != "0.00"
        ],
    }


def hours(user: Any, now: datetime) -> dict[str, Any]:
    counted = figures.per_hour(user, now)
    labels = [date_format(timezone.localtime(hour.start), "H:i") for hour in counted]
    upper = chart.top(max(hour.done + hour.failed for hour in counted))
    done, failed = sum(hour.done for hour in counted), sum(hour.failed for hour in counted)
    return {
        "done": done,
        "failed": failed,
        "summary": SUMMARY % {"done": done, "failed": failed},
        "bars": chart.bars([(hour.done, hour.failed) for hour in counted]),
        "lines": [upper * line // chart.LINES for line in range(chart.LINES, -1, -1)],
        "labels": [*labels[::HOURS_PER_LABEL], _("now")],
        "numbers": [
            {"label": label, "done": hour.done, "failed": hour.failed}
            for label, hour in zip(labels, counted, strict=True)
        ],
    }
