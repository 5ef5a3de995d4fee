"""Why an action is not possible on the application of the pane, and where to do something about it (R11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from applications.models import Application, Deployment
from applications.rules.eligibility import no_effect
from applications.rules.reasons import Reason
from applications.status.rows import Row
from applications.wording.actions import ACTION_LABELS
from applications.wording.sentences import refusal
from devices.access.in_sight import sites_in_sight
from devices.access.permissions import ADD_DEPLOYMENT

Link = tuple[str, str]  # address and text


def refused(row: Row, user: Any) -> list[dict[str, Any]]:
    """Each reason once: the actions that it refuses, the sentence, and a link where there is a page for it that the
    user may open."""
    found: dict[str, dict[str, Any]] = {}
    for action, verdict in row.verdicts.items():
        if verdict.reason is None:
            continue
        told = found.setdefault(
            refusal(verdict), {"labels": [], "text": refusal(verdict), "link": link(verdict.reason, row, user)}
        )
        told["labels"].append(str(ACTION_LABELS[action]))
    return [told | {"labels": ", ".join(told["labels"])} for told in found.values()]


def link(reason: Reason, row: Row, user: Any) -> Link | None:
    ways = LINKS.get(reason)
    return ways(row, user) if ways else None


def _deployment(row: Row, user: Any) -> Link | None:
    device, is_group = row.device, row.application.is_group
    ids = [
        reach.deployment
        for reach in row.reaches
        if reach.requires and no_effect(device.site.version, device.join_type, is_group, reach) is None
    ]
    ids += [reach.deployment for _group, reach in row.brought]
    seen = Deployment.objects.visible_to(user).filter(pk__in=ids).first()
    return (seen.get_absolute_url(), _("Show the deployment")) if seen else None


def _deploy(row: Row, user: Any) -> Link | None:
    if not user.has_perm(ADD_DEPLOYMENT):
        return None
    return f"{reverse('applications:deployment_create')}?application={row.application.pk}", _("Deploy it")


def _types(row: Row, user: Any) -> Link | None:
    seen = Application.objects.visible_to(user).filter(pk=row.there.pk).first()
    return (seen.get_absolute_url(), _("Show its deployment types")) if seen else None


def _request(row: Row, user: Any) -> Link | None:
    if row.request is None:
        return None
    return reverse("applications:request", args=[row.request.pk]), _("Show the request")


def _site(row: Row, user: Any) -> Link | None:
    if not sites_in_sight(user).filter(pk=row.device.site_id).exists():
        return None
    return reverse("devices:site", args=[row.device.site_id]), _("Show the site")


def _device(row: Row, user: Any) -> Link | None:
    return reverse("devices:overview", args=[row.device.pk]), _("Show the device")


LINKS: dict[Reason, Callable[[Row, Any], Link | None]] = {
    Reason.REQUIRED_DEPLOYMENT: _deployment,
    Reason.NO_DEPLOYMENT: _deploy,
    Reason.NO_DEPLOYMENT_TYPE: _types,
    Reason.NOT_SIGNED: _types,
    Reason.NO_UNINSTALL_COMMAND: _types,
    Reason.NO_REPAIR_COMMAND: _types,
    Reason.REQUEST_OPEN: _request,
    Reason.SITE_TOO_OLD: _site,
    Reason.SITE_LISTS_ON_REQUEST_ONLY: _site,
    Reason.GROUP_NEEDS_SITE: _site,
    Reason.CLIENT_TOO_OLD: _device,
    Reason.OFFLINE: _device,
    Reason.NEVER_CONNECTED: _device,
    Reason.SEVERAL_SIGNED_IN: _device,
    Reason.AZURE_AD_ONLY: _device,
}
