"""{% load fleet %}: what All devices says of requests and failures over all devices in sight."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.cache import cache
from django.db.models import Count, Q

from applications.models import Report, Request
from applications.rules.lifecycle import State
from devices.fleet import KEPT_SECONDS, Fleet, scope
from devices.models import Device, Person
from devices.rights import READ_APPLICATION, READ_COLLECTION, collections_of

register = template.Library()


@register.inclusion_tag("applications/_fleet_cards.html", takes_context=True)
def application_cards(context: template.Context, fleet: Fleet) -> dict[str, Any]:
    """Open requests and failed installations, as far as the viewer may read applications."""
    user = context["request"].user
    if not user.has_perm(READ_APPLICATION):
        return {}
    if not fleet.is_large:
        return count(user)
    return cache.get_or_set(f"cards-{scope(user)}", lambda: count(user), KEPT_SECONDS) or {}


def count(user: Any) -> dict[str, Any]:
    devices = Device.objects.visible_to(user, READ_APPLICATION)
    everything = collections_of(user, READ_COLLECTION) is None
    failed = Report.objects.filter(found=Report.Found.FAILED)
    if not everything:
        failed = failed.filter(
            Q(person__isnull=True) | Q(person__in=Person.objects.visible_to(user)), device__in=devices
        )
    requests = Request.objects.visible_to(user).open()
    if not everything:
        requests = requests.filter(device__in=devices)
    return {
        "requests": requests.aggregate(open=Count("pk"), waiting=Count("pk", filter=Q(state=State.QUEUED))),
        "failed": failed.aggregate(installs=Count("pk"), devices=Count("device", distinct=True)),
        "permitted": True,
    }
