"""The page of one request: its state, its timeline, what ran; the question before it is cancelled (R17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from applications.models import Request
from applications.rules.lifecycle import UNCONFIRMED
from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION
from devices.access.rights import require
from devices.models import Device
from pages.device_applications.confirmation import ReasonForm
from pages.requests import timeline
from ui.live.page import LiveAnswer, LivePage, Poll
from ui.live.parts import Part, pieces_of
from ui.templatetags.koppel import when


class OneRequest(LivePage, TemplateView):
    live_url, seconds = "applications:request_live", 2
    not_polled = ("ask",)
    template_name = "requests/detail.html"

    def check_access(self) -> None:
        """Fetch the request with all that is told of it."""
        user = self.request.user
        require(user, READ_COLLECTION, READ_APPLICATION)
        requests = Request.objects.visible_to(user).select_related("device", "application", "target", "person")
        self.asked = get_object_or_404(requests.prefetch_related("events", "steps__application"), pk=self.kwargs["pk"])

    def poll(self, parts: Sequence[Part], shown: Mapping[str, str] | None = None) -> Poll | None:
        """A request that is over does not change any more."""
        return super().poll(parts, shown) if self.asked.is_open else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked, parts = self.asked, parts_of(self.request, self.asked)
        context = super().get_context_data(**kwargs) | {
            "asked": asked,
            "title": timeline.title(asked),
            "parts": pieces_of(parts),
            "poll": self.poll(parts),
        }
        if self.request.GET.get("ask") == "cancel" and may_cancel(self.request.user, asked):
            context["question"] = question(asked)
        return context


class OneRequestLive(LiveAnswer, OneRequest):
    def parts(self, shown: Mapping[str, str]) -> list[Part]:
        return parts_of(self.request, self.asked)


def may_cancel(user: Any, asked: Request) -> bool:
    if asked.state not in UNCONFIRMED:
        return False
    return Device.objects.visible_to(user, APPROVE).filter(pk=asked.device_id).exists()


def parts_of(request: HttpRequest, asked: Request) -> list[Part]:
    """The timeline; the way to cancel and the sign that the page is live, as long as they make sense."""
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
