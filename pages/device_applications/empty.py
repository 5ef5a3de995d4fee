"""Why no application is listed for a device: the four ways of R2, each with what there is of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Deployment, Report
from applications.rules import versions
from devices.access.permissions import ADD_DEPLOYMENT
from devices.models import Collection, Device, Person


def ways_in(device: Device, user: Any) -> dict[str, Any]:
    """For templates/ui/_empty_state.html; names only what the user may see."""
    if device.site.version < versions.FIRST_SITE:
        return {
            "title": _("This site lists no applications"),
            "text": _(
                "Site %(site)s has a version older than %(needed)s; from that version on applications are listed."
            )
            % {"site": device.site, "needed": versions.FIRST_SITE},
            "checks": [],
            "links": [],
        }
    return {
        "title": _("No application reaches this device"),
        "text": _(
            "An application is listed here when one of these is true. None of them is, for this device, at this moment."
        ),
        "links": list(_links(device, user)),
        "checks": [_to_device(device, user), _signed_in(device, user), _primary(device, user), _earlier(device, user)],
    }


def _to_device(device: Device, user: Any) -> dict[str, Any]:
    collections = Collection.objects.visible_to(user).filter(device_members__device=device)
    names = [str(collection) for collection in collections.only("name")[:5]]
    count = Deployment.objects.filter(collection__in=collections).count()
    text = (
        ngettext(
            "The device is in %(count)d collection that you may read: %(names)s.",
            "The device is in %(count)d collections that you may read: %(names)s.",
            len(names),
        )
        % {"count": len(names), "names": ", ".join(names)}
        if names
        else _("The device is in no collection that you may read.")
    )
    return {"title": _("Deployed to this device"), "text": text, "end": _deployments(count)}


def _signed_in(device: Device, user: Any) -> dict[str, Any]:
    persons = Person.objects.visible_to(user).filter(sign_ins__device=device)
    names = ", ".join(persons.values_list("username", flat=True))
    return {
        "title": _("Deployed to a user signed in on it"),
        "text": _("Signed in: %(names)s.") % {"names": names} if names else _("Nobody is signed in."),
        "end": _deployments(_aimed_at(persons)) if names else _("nobody"),
    }


def _primary(device: Device, user: Any) -> dict[str, Any]:
    persons = Person.objects.visible_to(user).filter(primary_devices=device)
    names = ", ".join(persons.values_list("username", flat=True))
    return {
        "title": _("Deployed to its primary user"),
        "text": _("Its primary user is %(name)s.") % {"name": names} if names else _("No primary user is set."),
        "end": _deployments(_aimed_at(persons)) if names else _("not set"),
    }


def _earlier(device: Device, user: Any) -> dict[str, Any]:
    reports = Report.objects.filter(device=device, ever_installed=True, person__in=Person.objects.visible_to(user))
    count = reports.count()
    return {
        "title": _("Installed here earlier for a user"),
        "text": "" if count else _("Koppel has never installed anything for a user here."),
        "end": ngettext("%(count)d application", "%(count)d applications", count) % {"count": count}
        if count
        else _("never"),
    }


def _aimed_at(persons: Any) -> int:
    return Deployment.objects.filter(collection__person_members__person__in=persons).distinct().count()


def _deployments(count: int) -> str:
    return ngettext("%(count)d deployment", "%(count)d deployments", count) % {"count": count}


def _links(device: Device, user: Any) -> Iterable[dict[str, Any]]:
    """What to do about it, as far as there is a page for it that the user may open."""
    if user.has_perm(ADD_DEPLOYMENT):
        yield {"url": reverse("applications:deployment_create"), "label": _("Deploy an application"), "icon": "target"}
    url = reverse("devices:device_collections", args=[device.pk])
    yield {"url": url, "label": _("Collections of this device"), "icon": "layers"}
