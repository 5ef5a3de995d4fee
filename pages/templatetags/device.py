"""{% load device %}: the head of every page of a device, with its facts and tabs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Request
from applications.rules.status import Status
from applications.status.in_sql import applications_on, status_counts
from applications.wording.actions import ACTION_LABELS
from applications.wording.sentences import STATE_LABELS, STATUS_LABELS, outcome
from devices.access.permissions import READ_APPLICATION
from devices.models import Collection, Device
from pages.device.head import Fact, facts_of

register = template.Library()

MAX_LATEST = 6

# name of the page: title, address, permission it takes
TABS = {
    "overview": (_("Overview"), "devices:overview", ""),
    "applications": (_("Applications"), "applications:device", READ_APPLICATION),
    "requests": (_("Requests"), "applications:device_requests", READ_APPLICATION),
    "collections": (_("Collections"), "devices:device_collections", ""),
}


@register.inclusion_tag("device/_head.html", takes_context=True)
def device_head(
    context: template.Context,
    device: Device,
    current: str,
    total: int | None = None,
    facts: Sequence[Fact] | None = None,
) -> dict[str, Any]:
    """`{% device_head device "applications" %}`; `total` (of applications) and `facts` when they are known already."""
    user = context["request"].user
    return {
        "device": device,
        "part": TABS[current][0],
        "facts": facts_of(device, user, timezone.now()) if facts is None else facts,
        "tabs": list(tabs(device, user, current, {"applications": total})),
    }


def tabs(device: Device, user: Any, current: str, known: Mapping[str, int | None]) -> Iterable[dict[str, Any]]:
    """The pages of a device that this user may open, with how much each holds."""
    counts = {
        "applications": lambda: applications_on(device, user).count(),
        "requests": lambda: Request.objects.visible_to(user).filter(device=device).count(),
        "collections": lambda: Collection.objects.visible_to(user).filter(device_members__device=device).count(),
    }
    readable = may_read(device, user)
    for name, (label, address, permission) in TABS.items():
        if permission and not readable:
            continue
        count = known.get(name)
        if count is None and name in counts:
            count = counts[name]()
        yield {"label": label, "url": reverse(address, args=[device.pk]), "current": name == current, "count": count}


@register.inclusion_tag("device/_application_statuses.html", takes_context=True)
def device_statuses(context: template.Context, device: Device) -> dict[str, Any]:
    """How many applications of the device have each status."""
    user = context["request"].user
    counts = status_counts(applications_on(device, user)) if may_read(device, user) else {}
    return {
        "device": device,
        "permitted": bool(counts),
        "total": sum(counts.values()),
        "statuses": [{"id": str(s), "label": STATUS_LABELS[s], "count": counts[s]} for s in Status if counts],
    }


@register.inclusion_tag("device/_newest_requests.html", takes_context=True)
def device_latest(context: template.Context, device: Device) -> dict[str, Any]:
    """The newest requests on the device."""
    user = context["request"].user
    permitted = may_read(device, user)
    requests = Request.objects.visible_to(user).filter(device=device).select_related("target").order_by("-created_at")
    return {
        "device": device,
        "permitted": permitted,
        "steps": [
            {
                "status": request.state,
                "label": f"{ACTION_LABELS[request.action]}: {request.target}",
                "text": ". ".join(
                    filter(None, (str(STATE_LABELS[request.state]), outcome(request.reason, request.facts)))
                ),
                "at": request.created_at,
            }
            for request in (requests[:MAX_LATEST] if permitted else ())
        ],
    }


def may_read(device: Device, user: Any) -> bool:
    return Device.objects.visible_to(user, READ_APPLICATION).filter(pk=device.pk).exists()
