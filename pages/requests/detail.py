"""The page of one request: its state, its story, what ran; the question before it is cancelled (R17)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from applications.models import Request
from applications.rules.lifecycle import UNCONFIRMED
from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION
from devices.access.rights import require
from devices.models import Device
from pages.device_applications.confirmation import ReasonForm
from pages.requests import timeline
from ui.live import Part, digests, out_of_band, seen
from ui.templatetags.koppel import when

# What takes the place of the element that polls when there is nothing more to expect.
NO_MORE = format_html('<div id="poll" hx-swap-oob="true" {}></div>', "hidden")


@require_safe
@never_cache
def one_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    asked = in_sight(request, pk)
    parts = parts_of(request, asked)
    context = {
        "asked": asked,
        "title": timeline.title(asked),
        "parts": {key: html for part in parts for key, html in part.pieces.items()},
        "poll": poll(asked, parts),
    }
    if request.GET.get("ask") == "cancel" and may_cancel(request.user, asked):
        context["question"] = question(asked)
    return render(request, "requests/detail.html", context)


@require_safe
@never_cache
def live(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What changed since the page was drawn; 204 when nothing did."""
    asked = in_sight(request, pk)
    shown = seen(request.GET.get("seen", ""))
    parts = parts_of(request, asked)
    changed = [part for part in parts if shown.get(part.key) != part.digest]
    if not changed:
        return HttpResponse(status=204)
    following = poll(asked, parts)
    again = (
        render_to_string("ui/_poll.html", {"poll": following, "oob": True}, request)
        if following
        else NO_MORE + render_to_string("ui/_open_requests_update.html", {}, request)
    )
    return HttpResponse(out_of_band(changed) + again)


def in_sight(request: HttpRequest, pk: UUID) -> Request:
    """The request with all that is told of it; 404 outside."""
    require(request.user, READ_COLLECTION, READ_APPLICATION)
    requests = Request.objects.visible_to(request.user)
    return get_object_or_404(
        requests.select_related("device", "application", "target", "person").prefetch_related(
            "events", "steps__application"
        ),
        pk=pk,
    )


def may_cancel(user: Any, asked: Request) -> bool:
    if asked.state not in UNCONFIRMED:
        return False
    return Device.objects.visible_to(user, APPROVE).filter(pk=asked.device_id).exists()


def parts_of(request: HttpRequest, asked: Request) -> list[Part]:
    """The story; the way to cancel and the sign that the page is live, as long as they make sense."""
    context = {"asked": asked, "may_cancel": may_cancel(request.user, asked)}
    cancel = render_to_string("requests/_cancel.html", context)
    sign = render_to_string("ui/_live_indicator.html") if asked.is_open else SafeString()
    return [*timeline.parts(asked), Part("cancel", {"cancel": cancel}), Part("live", {"live": sign})]


def question(asked: Request) -> dict[str, Any]:
    """What templates/ui/_confirmation_dialog.html shows."""
    return {
        "title": _("Cancel this request?"),
        "text": _("The client has not confirmed it, so nothing has run yet. Once it has, this is too late."),
        "facts": [
            (_("Request"), timeline.title(asked)),
            (_("Device"), asked.device.name),
            (_("Asked by"), asked.requester or _("the device itself")),
            (_("Asked"), when(asked.created_at)),
        ],
        "form": ReasonForm(),
        "fields": [("next", reverse("applications:request", args=[asked.pk]))],
    }


def poll(asked: Request, parts: list[Part]) -> dict[str, Any] | None:
    """The next poll; a request that is over does not change any more."""
    if not asked.is_open:
        return None
    url = reverse("applications:request_live", args=[asked.pk])
    return {"url": f"{url}?seen={digests(parts)}", "seconds": 2}
