"""Asking for an action, and taking it back: POST only, each ends in a redirect to the page it came from (R11, R17)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from applications.models import Application, Request
from applications.requests import asking
from applications.rules.lifecycle import CONFIRMED
from applications.rules.words import Action
from applications.status.in_sql import applications_on
from applications.status.rows import rows_for
from applications.wording.actions import ACTION_LABELS, WORDING
from applications.wording.sentences import refusal
from audit.log import address_of
from devices.access.in_sight import device_in_sight
from devices.access.permissions import APPROVE, READ_APPLICATION
from devices.models import Device
from pages.device_applications.confirmation import ReasonForm, must_ask
from pages.device_applications.page import PASSING
from ui.address import changed, number

MAX_AT_ONCE = 100


@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for `command` on the applications `id`; what needs a confirmation leads to the question first."""
    device = device_in_sight(request.user, pk, READ_APPLICATION, APPROVE)
    action = action_of(request.POST.get("command", ""))
    ids = request.POST.getlist("id")
    address = reverse("applications:device", args=[pk])
    view = changed(request.GET, *PASSING)
    back = f"{address}{view}" if view != "?" else address
    if not ids:
        messages.warning(request, _("Select an application first."))
        return redirect(back)
    applications, gone = applications_of(device, request.user, ids)
    if gone:
        text = ngettext(
            "%(count)d application that you selected is not listed here any more. Nothing was requested.",
            "%(count)d applications that you selected are not listed here any more. Nothing was requested.",
            gone,
        )
        messages.warning(request, text % {"count": gone})
        return redirect(back)
    now = timezone.now()
    if not request.POST.get("confirmed"):
        rows = rows_for(device, applications, request.user, now)
        if must_ask(action, rows) and any(row.verdicts[action].allowed for row in rows):
            selected = [str(application.pk) for application in applications]
            return redirect(address + changed(request.GET, *PASSING, ask=str(action), id=selected))
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise BadRequest(" ".join(map(str, form.errors["comment"])))
    comment = form.cleaned_data["comment"]
    about = {"now": now, "comment": comment, "address": address_of(request)}
    answers = asking.ask_all(request.user, device, applications, action, **about)
    report_answers(request, device, action, answers)
    return redirect(back)


def action_of(name: str) -> Action:
    try:
        return Action(name)
    except ValueError:
        raise BadRequest(_("“%(name)s” is not one of the five actions.") % {"name": name[:40]}) from None


def applications_of(device: Device, user: Any, ids: list[str]) -> tuple[list[Application], int]:
    """The applications named, in the order named, and how many of them are not listed for this device (any more)."""
    wanted = list(dict.fromkeys(number(text) for text in ids))
    if len(wanted) > MAX_AT_ONCE:
        raise BadRequest(_("At most %(most)s applications at once.") % {"most": MAX_AT_ONCE})
    if 0 in wanted:
        raise BadRequest(_("An application that you selected is not listed for this device."))
    listed = applications_on(device, user).in_bulk(wanted)
    return [listed[pk] for pk in wanted if pk in listed], len(wanted) - len(listed)


def report_answers(request: HttpRequest, device: Device, action: Action, answers: asking.Answers) -> None:
    """What happened, in one message per kind of answer."""
    if len(answers.made) == 1:
        follow = _("You can follow it in this list.") if device.online else _("It waits until the device is online.")
        requested = WORDING[action].requested % {"application": answers.made[0].target}
        messages.success(request, f"{requested} {follow}")
    elif answers.made:
        count = len(answers.made)
        text = ngettext("%(action)s: %(count)d request made.", "%(action)s: %(count)d requests made.", count)
        messages.success(request, text % {"action": ACTION_LABELS[action], "count": count})
    for asked in answers.open_already:
        text = _("%(application)s: the same request is open already, since %(time)s; nothing new was asked.")
        at = timezone.localtime(asked.created_at).strftime("%H:%M")
        messages.info(request, text % {"application": asked.target, "time": at})
    for refused in answers.refused:
        why = {"application": refused.application, "reason": refusal(refused.verdict)}
        messages.error(request, WORDING[action].impossible % why)


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back a request that the client has not confirmed yet (R17)."""
    asked = get_object_or_404(Request.objects.visible_to(request.user).select_related("device", "target"), pk=pk)
    device_in_sight(request.user, asked.device_id, READ_APPLICATION, APPROVE)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise BadRequest(" ".join(map(str, form.errors["comment"])))
    if asking.cancel(
        request.user,
        asked,
        now=timezone.now(),
        comment=form.cleaned_data["comment"],
        address=address_of(request),
    ):
        messages.success(request, _("Request cancelled: %(application)s.") % {"application": asked.target})
    else:
        messages.warning(request, too_late(asked))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = asked.device.get_absolute_url()
    return HttpResponseRedirect(back)


def too_late(asked: Request) -> str:
    """Why a request can no longer be cancelled, by the state that it has by now."""
    asked.refresh_from_db(fields=["state", "reason", "facts"])
    if asked.state in CONFIRMED:
        why = _("%(application)s: the client has confirmed the request, so it can no longer be cancelled.")
        return why % {"application": asked.target}
    why = _("%(application)s: the request is over already (%(state)s).")
    return why % {"application": asked.target, "state": asked.get_state_display()}
