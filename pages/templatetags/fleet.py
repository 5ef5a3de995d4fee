"""{% load fleet %}: what All devices says of requests and failures over all devices in sight."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.cache import cache

from applications.status.figures import failed_installs, open_requests
from devices.access.permissions import READ_APPLICATION
from devices.models.collection import scope
from pages.devices.counts import KEPT_SECONDS, SEES, Fleet

register = template.Library()


@register.inclusion_tag("devices/_application_cards.html", takes_context=True)
def application_cards(context: template.Context, fleet: Fleet) -> dict[str, Any]:
    """Open requests and failed installations, as far as the viewer may read applications."""
    user = context["request"].user
    if not user.has_perm(READ_APPLICATION):
        return {}
    if not fleet.is_large:
        return figures(user)
    return cache.get_or_set(f"cards-{scope(user, *SEES)}", lambda: figures(user), KEPT_SECONDS) or {}


def figures(user: Any) -> dict[str, Any]:
    return {"requests": open_requests(user), "failed": failed_installs(user), "permitted": True}
