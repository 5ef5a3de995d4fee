"""Moments in words: how long ago, or when, short enough for a cell, in the viewer's language and time zone."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext

MINUTE, HOUR, DAY = 60, 3600, 86400


def distance(moment: datetime, now: datetime) -> str:
    """“20 s ago”, “3 min ago”, “in 3 h”; “now” within two seconds."""
    seconds = int((now - moment).total_seconds())
    if abs(seconds) < 2:
        return gettext("now")
    return past(seconds) if seconds > 0 else future(-seconds)


def past(seconds: int) -> str:
    if seconds < MINUTE:
        return ngettext("%(count)d s ago", "%(count)d s ago", seconds) % {"count": seconds}
    if seconds < HOUR:
        minutes = seconds // MINUTE
        return ngettext("%(count)d min ago", "%(count)d min ago", minutes) % {"count": minutes}
    if seconds < DAY:
        hours = seconds // HOUR
        return ngettext("%(count)d h ago", "%(count)d h ago", hours) % {"count": hours}
    days = seconds // DAY
    return ngettext("%(count)d d ago", "%(count)d d ago", days) % {"count": days}


def future(seconds: int) -> str:
    if seconds < MINUTE:
        return ngettext("in %(count)d s", "in %(count)d s", seconds) % {"count": seconds}
    if seconds < HOUR:
        minutes = seconds // MINUTE
        return ngettext("in %(count)d min", "in %(count)d min", minutes) % {"count": minutes}
    if seconds < DAY:
        hours = seconds // HOUR
        return ngettext("in %(count)d h", "in %(count)d h", hours) % {"count": hours}
    days = seconds // DAY
    return ngettext("in %(count)d d", "in %(count)d d", days) % {"count": days}


def point(moment: datetime, now: datetime) -> str:
    """“today 18:00”, “yesterday 18:00”, “Mon 23 Nov 18:00” within half a year, else with the year."""
    local, today = timezone.localtime(moment), timezone.localtime(now).date()
    clock = date_format(local, "H:i")
    near = {
        -1: gettext("yesterday %(time)s"),
        0: gettext("today %(time)s"),
        1: gettext("tomorrow %(time)s"),
    }
    days = (local.date() - today).days
    if days in near:
        return near[days] % {"time": clock}
    form = "D j M" if abs(moment - now) < timedelta(days=180) else "j M Y"
    return f"{dated(local, form)} {clock}"


def second(moment: datetime, now: datetime) -> str:
    """“10:08:31” today, else “3 Nov 10:08:31”."""
    local = timezone.localtime(moment)
    same_day = local.date() == timezone.localtime(now).date()
    return dated(local, "H:i:s" if same_day else "j M H:i:s")


def brief(moment: datetime, now: datetime) -> str:
    """“08:14” today, “3 Nov” within half a year, else “3 Nov 2025”; for “since …” in a cell."""
    local = timezone.localtime(moment)
    if local.date() == timezone.localtime(now).date():
        return date_format(local, "H:i")
    return dated(local, "j M" if abs(moment - now) < timedelta(days=180) else "j M Y")


def dated(moment: datetime, form: str) -> str:
    """As `date_format`; Dutch writes its months without a capital, also the short ones."""
    return date_format(moment, form.replace("M", "b") if (get_language() or "").startswith("nl") else form)


def exact(moment: datetime) -> str:
    """“20 November 2026, 18:00:05 CET”, for a tooltip."""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'DATE_FORMAT')}, {date_format(local, 'H:i:s')} {local.tzname()}"
