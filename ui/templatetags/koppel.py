"""{% load koppel %}: icons, moments in words, the look of a status, the foot of a list."""

from datetime import datetime
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ui import status_icons, times
from ui.lists import paging

register = template.Library()

NO_VALUE = format_html('<span class="sub">{}</span>', "–")  # in a cell that has nothing to say


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """One icon of static/console/icons.svg; it says nothing to a screen reader, so let a word stand beside it."""
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        f" {css}" if css else "",
        static("console/icons.svg"),
        name,
    )


def moment(value: datetime | None, text: str, empty: str) -> SafeString:
    if not value:
        return format_html('<span class="sub">{}</span>', empty or "–")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(timespec="seconds"),
        times.exact(value),
        text,
    )


@register.filter
def ago(value: datetime | None, empty: str = "") -> SafeString:
    """`{{ device.last_contact|ago }}`: how long ago or how far ahead; the argument is said when there is no moment."""
    return moment(value, times.distance(value, timezone.now()) if value else "", empty)


@register.filter
def when(value: datetime | None, empty: str = "") -> SafeString:
    """`{{ deployment.deadline|when }}`: the moment itself, in the viewer's time zone."""
    return moment(value, times.point(value, timezone.now()) if value else "", empty)


@register.filter
def clock(value: datetime | None, empty: str = "") -> SafeString:
    """`{{ step.at|clock }}`: hours, minutes and seconds; with the day when it was not today."""
    return moment(value, times.second(value, timezone.now()) if value else "", empty)


@register.filter
def tone(code: str) -> str:
    """The tone (class t-…) of a status, a request's state or a message's level."""
    return status_icons.look(str(code))[0]


@register.filter
def symbol(code: str) -> str:
    """The icon of a status, a request's state or a message's level."""
    return status_icons.look(str(code))[1]


register.filter("monogram", status_icons.monogram)
register.filter("hue", status_icons.hue)
register.filter("initials", status_icons.initials)


@register.filter
def without_html(header: Any) -> str:
    """The text of a table's header, for the cells of a card; nothing when the header is a control."""
    text = str(header)
    return "" if "<" in text else text


@register.filter
def ticks(field: BoundField) -> bool:
    """Whether a field is one box, which stands before its label."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def only(form: BaseForm, names: str) -> list[BoundField]:
    """The fields of a form with these names (separated by spaces), in this order."""
    return [form[name] for name in names.split()]


@register.filter
def labelled(attrs: dict[str, Any]) -> bool:
    """Whether the cells of this table carry their header along, for the cards of a phone."""
    return "areas" not in str(attrs.get("class", "")).split()


@register.inclusion_tag("ui/_pagination.html", takes_context=True)
def foot(
    context: template.Context, page: Any, page_field: str = "page", size_field: str = "per_page"
) -> dict[str, Any]:
    """`{% foot page_obj %}`: the foot of any list that Django (or django-tables2) has cut into pages."""
    return {"foot": paging.foot(page, context["request"].GET, page_field, size_field)}


@register.simple_tag(takes_context=True)
def keep(context: template.Context, *fields: str) -> SafeString:
    """Hidden inputs that carry fields of the present query along in a GET form: `{% keep "sort" "per_page" %}`."""
    query = context["request"].GET
    pairs = ((field, value) for field in fields for value in query.getlist(field) if value)
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)
