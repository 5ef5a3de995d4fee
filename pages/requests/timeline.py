"""One request told in full: what it is, what happened to it and when, what ran and how that ended (R5, R17)."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from applications.models import Request, RequestEvent, RequestStep
from applications.rules import returncodes
from applications.rules.lifecycle import State
from applications.rules.words import Action
from applications.wording import client_details
from applications.wording.actions import ACTION_LABELS
from applications.wording.definitions import DETECTED, MEANINGS
from applications.wording.sentences import STATE_LABELS, about, outcome, step_label, tells_detail
from ui.live.parts import Part
from ui.templatetags.koppel import when


def title(request: Request) -> str:
    return f"{ACTION_LABELS[Action(request.action)]}: {request.target}"


def parts(request: Request) -> list[Part]:
    """What changes by itself. The request comes with its events and steps."""
    drawn = {
        "state": render_to_string("requests/_state.html", {"asked": request, "state": state(request)}),
        "facts": render_to_string("ui/_description_list.html", {"facts": facts(request)}),
        "story": render_to_string("ui/_timeline.html", {"steps": timeline(request)}),
        "steps": render_to_string("requests/_steps.html", {"asked": request, "steps": steps(request)}),
    }
    return [Part(key, {key: html}) for key, html in drawn.items()]


def state(request: Request) -> dict[str, Any]:
    """What ui/_status.html shows."""
    return {
        "status": request.state,
        "label": STATE_LABELS[State(request.state)],
        "detail": about(request),
        "percent": request.percent if request.is_open else None,
        "name": request.target.name,
    }


def facts(request: Request) -> list[tuple[str, SafeString | str]]:
    listed: list[tuple[str, SafeString | str]] = [
        (_("Application"), in_list(request)),
        (_("Action"), str(ACTION_LABELS[Action(request.action)])),
    ]
    if request.target_id != request.application_id:
        instead = _("%(application)s, which it supersedes") % {"application": request.application}
        listed.append((_("Asked for"), instead))
    listed.append((_("Device"), format_html('<a href="{}">{}</a>', request.device.get_absolute_url(), request.device)))
    if request.person:
        listed.append((_("For"), request.person.username))
    listed += [
        (_("Asked by"), request.requester or _("the device itself")),
        *([(_("Reason given"), request.comment)] if request.comment else []),
        (_("Asked"), when(request.created_at)),
        (_("Delivered"), when(request.sent_at)),
        (_("Confirmed"), when(request.acknowledged_at)),
        (_("Finished"), when(request.finished_at)),
    ]
    if not request.acknowledged_at and (request.is_open or request.state == State.EXPIRED):
        listed.append((_("Expires"), when(request.expires_at)))
    if request.deliveries > 1:
        listed.append((_("Delivered so often"), str(request.deliveries)))
    return listed


def in_list(request: Request) -> SafeString:
    """The application, with its details in the list of the device."""
    url = f"{reverse('applications:device', args=[request.device_id])}?app={request.application_id}"
    return format_html('<a href="{}">{}</a>', url, request.target)


def timeline(request: Request) -> list[dict[str, Any]]:
    """For ui/_timeline.html: every event, newest first, with who did it and from where."""
    return [
        {"status": event.state, "label": name_of(event), "text": text_of(request, event), "at": event.at}
        for event in reversed(request.events.all())
    ]


def name_of(event: RequestEvent) -> str:
    again = event.state == State.QUEUED and event.code
    return _("Queued again") if again else step_label(event.state)


def text_of(request: Request, event: RequestEvent) -> str:
    sentences = [actor_in_words(request, event)]
    if event.code != "cancelled":
        sentences.append(outcome(event.code, event.facts))
    elif event.facts.get("comment"):
        sentences.append(_("Reason: %(reason)s") % {"reason": event.facts["comment"]})
    if event.state == State.QUEUED and not event.code and request.comment:
        sentences.append(_("Reason: %(reason)s") % {"reason": request.comment})
    if event.state == State.SENT and request.sync_policy:
        sentences.append(_("The client syncs policy first"))
    return ". ".join(filter(None, sentences))


def actor_in_words(request: Request, event: RequestEvent) -> str:
    """Who did it, and from where; the console itself is not named."""
    if not event.actor and not event.address:
        return ""
    if not event.actor or event.actor == request.device.name:
        name = _("the client of %(device)s") % {"device": request.device.name}
    else:
        name = event.actor
    if event.address:
        return _("By %(name)s, from %(address)s") % {"name": name, "address": event.address}
    return _("By %(name)s") % {"name": name}


def steps(request: Request) -> list[dict[str, Any]]:
    """What ran: for a group one step per member, in their order."""
    return [
        {
            "title": str(step.application),
            "by": step.deployment_type,
            "facts": facts_of_step(step, request.device.platform),
            "output": step.output.strip(),
        }
        for step in request.steps.all()
    ]


def facts_of_step(step: RequestStep, platform: str = "") -> list[tuple[str, str]]:
    """What there is to say of a step, by name."""
    exit_code = ""
    if step.exit_code is not None:
        known = returncodes.known(step.exit_code, platform)
        words = (MEANINGS.get(step.meaning, step.meaning), gettext(known) if known else "")
        said = ", ".join(str(word) for word in words if word)
        exit_code = ": ".join(filter(None, (returncodes.told(step.exit_code, platform), said)))
    has_outcome = step.reason and step.reason != "exit_code"
    detail = client_details.sentence(step.detail)
    facts = {"exit_code": step.exit_code, "platform": platform, "detail": step.detail}
    result = outcome(step.reason, facts) if has_outcome else ""
    listed = [
        (_("Revision"), str(step.revision or "")),
        (_("Ran"), _("yes") if step.ran else _("no, nothing was run")),
        (_("Exit code"), exit_code),
        (_("Result"), result),
        (_("Before"), str(DETECTED.get(step.detected_before, step.detected_before))),
        (_("Afterwards"), ", ".join(filter(None, (str(DETECTED.get(step.detected, step.detected)), step.version)))),
        (_("Detail"), "" if has_outcome and tells_detail(step.reason) else detail),
    ]
    return [(name, text) for name, text in listed if text]
