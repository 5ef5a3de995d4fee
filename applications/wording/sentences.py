"""Turns codes into words on the screen, in the reader's language: statuses, reasons, lines of detail (R3, R6, R8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from applications.models import Request
from applications.models.request import STATE_LABELS
from applications.rules import returncodes
from applications.rules.eligibility import Reach, Verdict
from applications.rules.lifecycle import State
from applications.rules.reasons import OUTCOMES, REFUSALS, WAITS
from applications.rules.status import PRESENT, Status
from applications.rules.words import INSTALLING_ACTIONS, Action, Target, Way
from applications.status.rows import Row
from applications.status.steps import Step
from applications.wording import client_details
from applications.wording.actions import ACTION_LABELS, WORDING
from applications.wording.moments import moment, moment_of
from devices.models import Device
from devices.ready_made_names import collection_name

__all__ = ["STATE_LABELS", "STATUS_LABELS", "about", "detail", "outcome", "refusal", "way_label"]

STATUS_LABELS = {
    Status.AVAILABLE: _("Available"),
    Status.INSTALLED: _("Installed"),
    Status.INSTALLING: _("Installing"),
    Status.INSTALL_REQUESTED: _("Install requested"),
    Status.FAILED: _("Failed"),
    Status.REQUIREMENTS_NOT_MET: _("Requirements not met"),
    Status.NOT_INSTALLED: _("Not installed"),
    Status.RESTART_PENDING: _("Restart pending"),
    Status.REQUIRED: _("Required"),
}

WAY_LABELS = {Way.REQUIRED: _("Required"), Way.AVAILABLE: _("Available"), Way.APPROVAL: _("Needs approval")}
WAY_LABELS_FOR_PERSON = {
    Way.REQUIRED: _("Required for %(person)s"),
    Way.AVAILABLE: _("Available to %(person)s"),
    Way.APPROVAL: _("Needs approval, for %(person)s"),
}
PHASES = {
    "syncing_policy": _("Syncing policy"),
    "detecting": _("Detecting"),
    "downloading": _("Downloading"),
    "waiting_retry": _("Busy; it tries again"),
}
# What the history says when a request reaches a state and no reason says more.
STEPS = {
    State.QUEUED: _("Asked"),
    State.SENT: _("Delivered"),
    State.ACKNOWLEDGED: _("Acknowledged by the client"),
    State.RUNNING: _("Running"),
    State.SUCCEEDED: _("Succeeded"),
    State.FAILED: _("Failed"),
    State.CANCELLED: _("Cancelled"),
    State.EXPIRED: _("Expired"),
    State.WITHDRAWN: _("Withdrawn"),
}


def refusal(verdict: Verdict) -> str:
    """Why an action is refused, to stand behind its name; empty when it is allowed."""
    if verdict.reason is None:
        return ""
    return gettext(REFUSALS[verdict.reason]) % _filled(verdict.details)


def outcome(reason: str, facts: Mapping[str, Any]) -> str:
    """How something ended, as a sentence without a full stop; empty when there is nothing more to say."""
    detail = facts.get("detail")
    if reason == "requirements_not_met":
        return client_details.requirement(detail)
    if detail and SAME.get(reason) == client_details.code_of(detail):
        return client_details.sentence(detail)
    if reason == "exit_code" and facts.get("meaning"):
        reason = "exit_code_known"
    if reason == "received" and facts.get("behind"):
        reason = "received_behind"
    if reason == "cancelled" and facts.get("comment"):
        reason = "cancelled_because"
    # A withdrawn request carries the reason of a refusal.
    sentence = OUTCOMES.get(reason) or REFUSALS.get(reason) or ""
    filled = _filled(facts)
    try:
        return _capital(_around(filled.get("detail", ""), gettext(sentence)) % filled) if sentence else ""
    except (KeyError, ValueError):
        return gettext("Reason: %(code)s") % {"code": reason}


# Reasons whose sentence begins as that of a client's detail does, which then says it all.
SAME = {"detection_unknown": "detection_no_answer", "start_failed": "not_started"}


def tells_detail(reason: str) -> bool:
    """Whether the sentence of an outcome has the client's detail in it."""
    return reason == "requirements_not_met" or "%(detail)s" in OUTCOMES.get(reason, "")


def detail(row: Row) -> str:
    """The line under a status, where there is more to say (R8); empty otherwise."""
    if row.request:
        return _of_request(row.request, row.device)
    if row.members:
        return _of_members(row)
    in_its_place = row.there != row.application and row.status in PRESENT
    said = outcome(row.report.reason, row.report.facts) if row.report and row.report.reason not in QUIET else ""
    if in_its_place:
        instead = gettext("%(application)s is installed in its place") % {"application": row.there}
        return f"{instead}. {said}" if said else instead
    if said:
        return said
    if row.status is Status.REQUIRED and row.one_session:
        sentence = WAITS["one_session"]
        return gettext(sentence)
    if row.never and row.status not in PRESENT:
        return gettext("Not installed by itself: %(reason)s") % {"reason": refusal(row.never)}
    if row.superseded:
        return gettext("Superseded by %(application)s") % {"application": row.target}
    if row.earlier_for:
        return gettext("Earlier installed for %(person)s") % {"person": row.earlier_for}
    return ""


def came_by(row: Row) -> str:
    """Why what no deployment reaches is here all the same; empty when nobody knows."""
    request = row.came_with
    if request is None:
        return ""
    if request.target.is_group:
        return gettext("Came with the group %(group)s") % {"group": request.target}
    if request.target_id != row.application.pk:
        return gettext("Came with %(application)s, which needs it") % {"application": request.target}
    if request.application_id != row.application.pk:
        return gettext("Installed in the place of %(application)s") % {"application": request.application}
    return gettext("Its deployment is gone")


def about(request: Request) -> str:
    """The line under the state of a request: what it waits for, how far it is, how it ended."""
    if request.is_open:
        return _of_request(request, request.device)
    return outcome(request.reason, request.facts)


GOES_BEFORE = {
    Action.INSTALL: _("Will also install %(application)s"),
    Action.UNINSTALL: _("Will first uninstall %(application)s"),
}


def goes_before(steps: Sequence[Step]) -> list[str]:
    """What an installation does before, in its order: whole sentences without a full stop."""
    return [str(GOES_BEFORE[step.action]) % {"application": step.application} for step in steps]


# Reasons that say nothing once it is over: the history has them.
QUIET = frozenset({"", "already_installed", "already_absent", "not_needed", "settled", "found_late", "found_outside"})


def percent(row: Row) -> int | None:
    """How far the work is, 0 to 100; None when nothing is under way or nobody knows."""
    return row.request.percent if row.request and row.request.state == State.RUNNING else None


def way_label(reach: Reach) -> str:
    """How a deployment reaches the device, in a few words (R10)."""
    if reach.target is Target.PERSON:
        return str(WAY_LABELS_FOR_PERSON[reach.way]) % {"person": reach.person}
    return str(WAY_LABELS[reach.way])


def step_label(state: str) -> str:
    """The name of a step in the history of a request."""
    return str(STEPS[State(state)])


def _of_request(request: Request, device: Device) -> str:
    action = Action(request.action)
    if request.state == State.QUEUED:
        waits_for = request.waits_for or ("delivery" if device.online else "device")
        sentence = WAITS[waits_for]
        text = gettext(sentence) % {"person": request.person, "expires": moment(request.expires_at, "j M")}
        return text if action in INSTALLING_ACTIONS else f"{WORDING[action].asked}. {text}"
    if request.state == State.SENT and request.received_at:
        if request.behind:
            return gettext("Received; waits behind %(application)s") % {"application": request.behind}
        return gettext("Received; waits its turn")
    if request.state == State.SENT:
        if action not in INSTALLING_ACTIONS:
            return str(WORDING[action].asked)
        return gettext("Delivered at %(at)s, not yet confirmed") % {"at": moment(request.sent_at, "H:i")}
    if request.percent is not None and (size := client_details.size_of_download(request.progress_detail)):
        return gettext("Downloading %(percent)s %% of %(size)s") % {"percent": request.percent, "size": size}
    told = request.progress_text or client_details.sentence(request.progress_detail)
    doing = told or str(PHASES.get(request.phase, "")) or str(WORDING[action].under_way)
    if request.percent is not None:
        between = " · " if told else " "  # the installer's own words may end in a number
        return f"{doing}{between}{request.percent} %".strip()
    return doing


def _around(detail: str, sentence: str) -> str:
    """The sentence for what the client told: without the place for it where it told nothing."""
    beginning, place, _end = sentence.partition("%(detail)s")
    return beginning.removesuffix(": ") if place and not detail else sentence


def _of_members(row: Row) -> str:
    present = sum(member.status in PRESENT for member in row.members)
    following = next((m.application.name for m in row.members if m.status not in PRESENT), "")
    total = len(row.members)
    if not following:
        return ngettext("%(total)s application", "All %(total)s applications", total) % {"total": total}
    return gettext("%(present)s of %(total)s installed, next: %(application)s") % {
        "present": present,
        "total": total,
        "application": following,
    }


def _filled(facts: Mapping[str, Any]) -> dict[str, str]:
    """What fills a sentence: times as the reader's times, actions and known meanings as words."""
    words = {name: _word(name, value) for name, value in facts.items()}
    if isinstance(facts.get("exit_code"), int):
        words["exit_code"] = returncodes.told(facts["exit_code"], str(facts.get("platform", "")))
    return words


def _word(name: str, value: Any) -> str:
    if name == "action":
        return str(ACTION_LABELS[Action(value)])
    if name == "meaning":
        return gettext(value)
    if name == "detail":
        return client_details.within(value)
    if name == "collection":
        return collection_name(str(value))
    if name in ("since", "at", "expires") and isinstance(value, str):
        return moment_of(value)
    return moment(value) if isinstance(value, datetime) else str(value)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
