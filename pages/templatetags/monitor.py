"""{% load monitor %}: the navigation, the line about a request, and how many are open."""

from __future__ import annotations

from django import template
from django.http import HttpRequest

from applications.models import Request
from applications.wording import sentences
from applications.wording.actions import WORDING
from devices.access.permissions import READ_APPLICATION
from pages.navigation import Group, navigation
from ui.lists.counting import Count, count

register = template.Library()

MAX_COUNTED = 999  # it stands on every page, so it is counted no further


@register.filter
def about(request: Request) -> str:
    """What it waits for, how far it is, how it ended; the action when there is nothing more to say."""
    return sentences.about(request) or str(WORDING[request.action].label)


@register.simple_tag(takes_context=True)
def requests_open(context: template.Context) -> Count | None:
    """How many requests are open, for the navigation; nothing for who may not know, and on a page without a reader."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.has_perm(READ_APPLICATION):
        return None
    return count(Request.objects.visible_to(user).open(), MAX_COUNTED)


@register.simple_tag(takes_context=True)
def navigation_of(context: template.Context) -> list[Group]:
    """What this user can open."""
    request: HttpRequest | None = context.get("request")
    return navigation(request) if request else []
