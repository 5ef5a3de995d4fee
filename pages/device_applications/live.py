"""What changed on a device's Applications page since it was drawn; polled by the page, nothing when nothing changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from applications.rules.status import ATTENTION
from applications.wording.sentences import STATUS_LABELS
from devices.access.in_sight import device_in_sight
from devices.access.permissions import READ_APPLICATION
from pages.device_applications.page import DevicePage, number
from pages.device_applications.views import poll
from ui.live import Part, out_of_band, seen

STALE = 60  # seconds after which a page is drawn anew even when nothing is known to have changed: times, deployments
MOST_ROWS = 100


@require_safe
@never_cache
@vary_on_headers("HX-Request")
def live(request: HttpRequest, pk: int) -> HttpResponse:
    device = device_in_sight(request.user, pk, READ_APPLICATION)
    now = timezone.now()
    age = now.timestamp() - number(request.GET.get("at", ""))
    if request.GET.get("since") == str(device.revision) and 0 <= age < STALE:
        return HttpResponse(status=204)
    page = DevicePage(device, request.user, request.GET.copy(), now)
    shown = seen(request.GET.get("seen", ""))
    ids = [pk for key in shown if (pk := number(key))][:MOST_ROWS]
    page.know(page.listed.filter(pk__in=ids))
    parts = [*page.parts_of_page(), *page.parts_of_rows(ids), *page.parts_of_pane()]
    changed = [part for part in parts if shown.get(part.key) != part.digest]
    kept = [pk for pk in ids if pk in page.rows]
    answer = [
        out_of_band([*changed, said(page, changed, shown), more(page)]),
        render_to_string("ui/_poll.html", {"poll": poll(page, kept, parts), "oob": True}, request),
    ]
    return HttpResponse("\n".join(answer))


def said(page: DevicePage, changed: list[Part], shown: dict[str, str]) -> Part:
    """New statuses as words, for a screen reader."""
    words = [
        f"{page.rows[pk].application}: {STATUS_LABELS[ATTENTION[int(part.state)]]}"
        for part in changed
        if (pk := number(part.key)) and shown.get(part.key, "")[:1] not in ("", part.state)
    ]
    return Part("said", {"said": format_html("{}", ". ".join(words))})


def more(page: DevicePage) -> Part:
    """A way to the whole list, when applications came or went since it was drawn."""
    if str(page.total) == page.query.get("n"):
        return Part("more")
    link: SafeString = format_html('<a href="{}">{}</a> ', page.address(), _("The list has changed: show it again"))
    return Part("more", {"more": link})
