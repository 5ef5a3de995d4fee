"""What happened to the requests for an application on a device: who, when, each step, exit codes and output (R5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from applications.models import Application, GroupMember, Request, RequestEvent, RequestStep
from applications.rules import returncodes
from applications.rules.lifecycle import CLOSED, State
from applications.rules.reasons import OUTCOMES
from applications.wording import client_details
from applications.wording.actions import ACTION_LABELS
from applications.wording.definitions import DETECTED, MEANINGS
from applications.wording.sentences import outcome, step_label, tells_detail
from devices.models import Device

MAX_REQUESTS = 10  # requests; the others are on the device's Requests page


@dataclass(frozen=True)
class History:
    steps: list[dict[str, Any]]  # for templates/ui/_timeline.html
    outputs: list[tuple[str, str]]  # of the newest request that has any: title, text
    more: bool


def history(device: Device, application: Application, user: Any) -> History:
    """The requests of which the user may know, newest first; also those of groups that bring the application along."""
    brings = Exists(GroupMember.objects.filter(group=OuterRef("target"), application=application))
    requests = list(
        Request.objects.visible_to(user)
        .filter(Q(application=application) | Q(target=application) | Q(brings), device=device)
        .select_related("application", "target", "person")
        .prefetch_related("events", "steps__application")
        .order_by("-created_at")[: MAX_REQUESTS + 1]
    )
    shown = requests[:MAX_REQUESTS]
    outputs = next((found for request in shown if (found := _outputs(request.steps.all()))), [])
    steps = [step for request in shown for step in _of(request, application)]
    return History(steps, outputs, len(requests) > MAX_REQUESTS)


def _of(request: Request, application: Application) -> Iterable[dict[str, Any]]:
    title = str(ACTION_LABELS[request.action])
    if {request.target_id, request.application_id} != {application.pk}:
        title = f"{title}, {request.target}"
    if request.person:
        title = _("%(action)s for %(person)s") % {"action": title, "person": request.person}
    by = request.requester or _("the device itself")
    yield {"gap": pgettext("request", "%(action)s · asked by %(person)s") % {"action": title, "person": by}}
    for event in reversed(request.events.all()):
        yield {
            "status": event.state,
            "label": _("Asked by %(person)s") % {"person": by} if _is_first(event) else step_label(event.state),
            "text": _text(request, event),
            "at": event.at,
        }


def _is_first(event: RequestEvent) -> bool:
    return event.state == State.QUEUED and not event.code


def _text(request: Request, event: RequestEvent) -> str:
    said = [outcome(event.code, event.facts)]
    if _is_first(event):
        if event.address:
            said.append(_("From %(address)s") % {"address": event.address})
        if request.comment:
            said.append(_("Reason: %(reason)s") % {"reason": request.comment})
    if event.state == State.SENT and request.sync_policy:
        said.append(_("The client syncs policy first"))
    if event.state == State.ACKNOWLEDGED:
        said.append(_("Written to its journal"))
    if event.state in CLOSED:
        said += [_of_step(step, request) for step in request.steps.all()]
    return prose(*said)


def prose(*sentences: str) -> str:
    """Sentences without full stops as a running text."""
    said = [sentence.rstrip().removesuffix(".") for sentence in sentences if sentence.strip()]
    return ". ".join(said) + ("." if len(said) > 1 else "")


def _of_step(step: RequestStep, request: Request) -> str:
    """What ran for one application, its exit code with its meaning, and what detection found afterwards."""
    said = []
    is_said = "%(exit_code)s" in OUTCOMES.get(request.reason, "")  # by the outcome of the whole request
    if step.ran and step.exit_code is not None and not is_said:
        meaning = MEANINGS.get(step.meaning, step.meaning)
        code = returncodes.told(step.exit_code, request.device.platform)
        said.append(_("exit code %(code)s: %(meaning)s") % {"code": code, "meaning": meaning})
    if step.detected:
        found = str(DETECTED.get(step.detected, step.detected))
        said.append(f"{found}, {step.version}" if step.version and step.detected == "installed" else found)
    detail = client_details.sentence(step.detail).strip().removesuffix(".")
    if detail and not (tells_detail(request.reason) and request.facts.get("detail") == step.detail):
        said.append(detail)
    name = str(step.application) if step.application_id != request.target_id else step.deployment_type
    return f"{name}: {'. '.join(said)}" if name and said else ". ".join(said)


def _outputs(steps: Iterable[RequestStep]) -> list[tuple[str, str]]:
    return [(str(step.application), step.output) for step in steps if step.output.strip()]
