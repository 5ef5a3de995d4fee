"""What the pages of a deployment say: whom it reaches, what that means for them, and what changes when it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.authoring.reached import SHOWN, Outreach, actions, reached, target, without_effect
from applications.models import Deployment, Request
from applications.rules import versions
from applications.rules.reasons import Reason
from applications.rules.timing import is_due
from applications.rules.words import Action, Target
from applications.status.in_place import newest
from applications.status.steps import steps_of
from applications.wording.sentences import goes_before
from devices.models import Device
from pages.authoring.cells import linked, way_chip
from pages.deployments.table import ReachedTable
from ui.templatetags.koppel import when

Facts = list[tuple[str, Any]]
Note = dict[str, str]


def devices(number: int) -> str:
    """“1,204 devices”."""
    return ngettext("%(count)s device", "%(count)s devices", number) % {"count": grouped(number)}


def persons(number: int) -> str:
    return ngettext("%(count)s user", "%(count)s users", number) % {"count": grouped(number)}


def grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


def whom(found: Outreach) -> str:
    """“1,204 devices”, or “10 persons (32 devices)”."""
    if found.persons is None:
        return devices(found.devices)
    return _("%(persons)s (%(devices)s)") % {"persons": persons(found.persons), "devices": devices(found.devices)}


def facts_of(deployment: Deployment) -> Facts:
    """For `ui/_description_list.html`."""
    application, collection = deployment.application, deployment.collection
    facts: Facts = [
        (_("Application"), linked(application, application.get_absolute_url())),
        (_("Collection"), format_html("{} <small>· {}</small>", collection, collection.get_kind_display())),
        (_("Purpose"), way_chip(deployment)),
        (_("Available from"), when(deployment.available_from, _("at once"))),
    ]
    if deployment.purpose == Deployment.Purpose.REQUIRED:
        facts.append((_("Deadline"), when(deployment.deadline, _("at once"))))
    if deployment.pk:
        facts.append((_("Created"), when(deployment.created_at)))
        facts.append((_("Created by"), deployment.created_by or ""))
    return facts


def title(deployment: Deployment, found: Outreach, *, changing: bool) -> str:
    """The question that the button under the preview answers."""
    question = (
        _("Change the deployment of %(application)s to %(whom)s?")
        if changing
        else _("Deploy %(application)s to %(whom)s?")
    )
    return question % {"application": deployment.application, "whom": whom(found)}


def preview(request: HttpRequest, deployment: Deployment, found: Outreach) -> dict[str, Any]:
    """The figure, what is to be said of it, and the first of those reached."""
    table = ReachedTable(found.first, remarks=lambda device: remark(deployment, device), orderable=False)
    table.request = request
    return {
        "found": found,
        "whom": whom(found),
        "figure": devices(found.devices) if found.persons is None else persons(found.persons),
        "devices": devices(found.devices),
        "notes": list(notes(deployment, found)),
        "table": table if found.first else None,
        "more": max(0, found.devices - SHOWN),
        "persons": [str(person) for person in found.first_persons],
        "more_persons": max(0, (found.persons or 0) - SHOWN),
    }


def notes(deployment: Deployment, found: Outreach) -> Iterator[Note]:
    """What somebody should know before, most surprising first."""
    for_persons = target(deployment.collection) is Target.PERSON
    if not (found.devices if found.persons is None else found.persons):
        yield note("warn", "warn", _("It reaches nobody now"), _("Whoever becomes a member of the collection gets it."))
    if deployment.purpose == Deployment.Purpose.REQUIRED and is_due(deployment.deadline, timezone.now()):
        yield note(
            "warn",
            "flag",
            _("It installs at once"),
            _("The deadline is past.") if deployment.deadline else _("There is no deadline to wait for."),
        )
    if newer := newest([deployment.application]).get(deployment.application_id):
        names = {"application": deployment.application, "newer": newer}
        yield note(
            "info",
            "arrow",
            _("%(application)s is superseded by %(newer)s") % names,
            _("Who asks for it gets %(newer)s instead.") % names,
        )
    if before := steps_of(deployment.application):
        yield note("info", "stack", _("It does not come alone"), f"{'. '.join(goes_before(before))}.")
    if found.unlisted:
        text = unlisted(deployment)
        yield note("warn", "block", _("%(devices)s will not list it") % {"devices": devices(found.unlisted)}, text)
    if found.status_only:
        text = _("Their client is older than %(version)s or unknown: they show the status, and no action is possible.")
        said = _("%(devices)s will show only its status") % {"devices": devices(found.status_only)}
        yield note("info", "info", said, text % {"version": versions.RECENT_CLIENT})
    if found.azure_only:
        said = _("Joined only to Azure AD: %(devices)s") % {"devices": devices(found.azure_only)}
        yield note("warn", "block", said, _("Nothing is installed there for a user."))
    if found.installed:
        yield note("ok", "ok", _("Installed already on %(devices)s") % {"devices": devices(found.installed)}, "")
    if deployment.requires_approval:
        text = _("No device is told of it until an administrator asks for the install.")
        yield note("info", "shield", _("It requires approval"), text)
    elif for_persons:
        yield note("info", "users", _("It follows the users"), _("To every device that they use, now or later."))


def note(tone: str, icon: str, title: str, text: str) -> Note:
    return {"tone": tone, "icon": icon, "title": title, "text": text}


def unlisted(deployment: Deployment) -> str:
    """Why a site does not list what is deployed in this way (R12, R13)."""
    if deployment.application.is_group:
        return _("Application groups need site version %(version)s or newer.") % {"version": versions.GROUPS_FROM}
    return _(
        "Before site version %(everything)s only what requires approval or is available to users is listed, before "
        "%(first)s nothing."
    ) % {"everything": versions.EVERYTHING_LISTED, "first": versions.FIRST_SITE}


def remark(deployment: Deployment, device: Device) -> str:
    """What is special about one device."""
    said = []
    never = without_effect(deployment, device.site.version, device.join_type)
    if never is Reason.AZURE_AD_ONLY:
        said.append(_("joined only to Azure AD"))
    elif never:
        said.append(_("site version %(version)s does not list it") % {"version": device.site.version})
    elif Action.INSTALL not in actions(deployment, device.site.version, device.client_version):
        said.append(_("status only"))
    if device.is_there:  # type: ignore[attr-defined]
        said.append(_("installed"))
    return ", ".join(said)


def deletion_question(deployment: Deployment, found: Outreach, user: Any) -> dict[str, Any]:
    """For `ui/_confirmation_dialog.html`: what changes, for how many."""
    devices_now = reached(deployment.collection, user)
    waiting = (
        Request.objects.visible_to(user)
        .open()
        .filter(application=deployment.application, device__in=devices_now.values("pk"))
    )
    facts = [(_("Reaches"), whom(found)), (_("Stays installed on"), devices(found.installed))]
    if deployment.purpose == Deployment.Purpose.REQUIRED:
        facts.append((_("Not installed there yet"), devices(found.devices - found.installed)))
    facts.append((_("Open requests there"), grouped(waiting.count())))
    return {
        "title": _("Delete the deployment of %(application)s to %(whom)s?")
        % {"application": deployment.application, "whom": whom(found)},
        "text": _(
            "Nothing is uninstalled. Where no other deployment of it reaches a device, the device lists it only as "
            "long as it is installed there, and a request that waits there is withdrawn."
        ),
        "facts": facts,
    }
