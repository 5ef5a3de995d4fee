"""The details of one application on one device (R5): schedule, what detection found, members, requests, actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from applications.models import DeploymentType
from applications.rules.lifecycle import UNCONFIRMED
from applications.rules.status import PRESENT, Status
from applications.rules.timing import is_due
from applications.rules.words import Action
from applications.status.rows import Row
from applications.wording.actions import ACTION_LABELS, WORDING
from applications.wording.sentences import STATUS_LABELS, detail, goes_before, outcome, way_label
from devices.models import Collection
from devices.ready_made_names import collection_name
from pages.device_applications.history import history, prose
from pages.device_applications.refusals import refused
from pages.device_applications.row_html import in_order
from pages.device_applications.schedule import facts, zone_of
from ui.live.parts import Part
from ui.times import point


@dataclass(frozen=True)
class Viewer:
    """Who looks at the page, when, and whether they may act on the device."""

    user: Any
    now: datetime
    may_approve: bool


def parts(row: Row, viewer: Viewer) -> list[Part]:
    """What changes by itself, part by part, so that reading or typing in one is not disturbed by another."""
    shown = history(row.device, row.application, viewer.user)
    drawn = {
        "note": render_to_string("device_applications/_details_status.html", note(row, viewer)),
        "found": render_to_string("device_applications/_details_detection.html", found(row)),
        "members": render_to_string("device_applications/_details_members.html", {"members": members(row)}),
        "history": render_to_string(
            "device_applications/_details_history.html", {"history": shown, "device": row.device}
        ),
        "foot": render_to_string("device_applications/_details_actions.html", {"actions": possible(row)}),
    }
    return [Part(f"pane-{key}", {f"pane-{key}": SafeString(html.strip())}) for key, html in drawn.items()]


def note(row: Row, viewer: Viewer) -> dict[str, Any]:
    """The status in a sentence, and the open request with its way back."""
    title = str(STATUS_LABELS[row.status])
    at = row.application.deadline  # type: ignore[attr-defined]
    text = detail(row)
    if row.status is Status.REQUIRED:
        due = is_due(at, viewer.now)
        title = (
            _("Required, installs by itself at its next evaluation")
            if due
            else _("Required, installs by itself %(when)s") % {"when": point(at, viewer.now)}
        )
        if row.verdicts[Action.INSTALL].allowed:
            text = prose(text, _("You can install it now instead"))
    return {
        "status": str(row.status),
        "title": title,
        "text": text,
        "superseded_by": str(row.target) if row.superseded else "",
        "before": [] if row.status in PRESENT else goes_before(row.before),
        "open": row.request,
        "label": ACTION_LABELS[Action(row.request.action)] if row.request else "",
        "may_cancel": bool(row.request and row.request.state in UNCONFIRMED and viewer.may_approve),
        "refused": refused(row, viewer.user) if viewer.may_approve else (),
    }


def deployments(row: Row, viewer: Viewer) -> list[list[tuple[str, SafeString | str]]]:
    """Each deployment that reaches the device, with its schedule; it is a link when its collection is in sight."""
    zone = zone_of(row.device.time_zone)
    brought = {reach: group for group, reach in row.brought}
    names = {reach.collection for reach in (*row.reaches, *brought)}
    seen = dict(Collection.objects.visible_to(viewer.user).filter(name__in=names).values_list("name", "pk"))
    listed = []
    for reach in (*in_order(row), *brought):
        pk = seen.get(reach.collection)
        deployment = link("applications:deployment", reach.deployment, way_label(reach)) if pk else way_label(reach)
        name = collection_name(reach.collection)
        collection = link("devices:collection", pk, name) if pk else name
        group = [(_("Application group"), str(brought[reach]))] if reach in brought else []
        listed.append([(_("Deployment"), deployment), *group, (_("Collection"), collection), *facts(reach, zone)])
    return listed


def link(page: str, pk: int, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(page, args=[pk]), text)


def found(row: Row) -> dict[str, Any]:
    """What the client last reported, and by which rules it looked."""
    rules = (
        DeploymentType.objects.filter(application=row.there).values_list("name", "detection")
        if not row.application.is_group
        else ()
    )
    report = row.report
    return {
        "report": report,
        "detail": outcome(report.reason, report.facts) if report else "",
        "rules": [(name, rule(detection)) for name, detection in rules],
        "is_group": row.application.is_group,
    }


def rule(detection: dict[str, Any]) -> SafeString:
    """A detection rule in words (R25, docs/protocol.md)."""
    what = detection.get("path") or detection.get("name") or detection.get("command") or ""
    words = {
        "file": _("File %(what)s"),
        "package": _("Package %(what)s"),
        "command": _("Output of %(what)s"),
        "script": _("A script that says something when it is installed"),
    }.get(str(detection.get("kind")), "")
    before, between, after = words.partition("%(what)s")
    said = format_html("{}<code>{}</code>{}", before, what, after) if between else format_html("{}", words)
    if detection.get("version"):
        said = format_html("{} {}", said, _("of version %(version)s or later") % {"version": detection["version"]})
    return said


def members(row: Row) -> list[dict[str, Any]]:
    return [
        {
            "name": str(member.application),
            "status": str(member.status),
            "label": STATUS_LABELS[member.status],
            "detail": detail(member),
        }
        for member in row.members
    ]


def possible(row: Row) -> list[dict[str, Any]]:
    """The actions that are possible now, the nearest first."""
    return [
        {"command": str(action), "label": ACTION_LABELS[action], "icon": WORDING[action].icon}
        for action, verdict in row.verdicts.items()
        if verdict.allowed
    ]
