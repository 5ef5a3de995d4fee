"""A device's Applications page keeps itself fresh: what changed since it was drawn, nothing when nothing did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html

from applications.rules.status import ATTENTION
from applications.wording.sentences import STATUS_LABELS
from devices.access.in_sight import device_in_sight
from devices.access.permissions import READ_APPLICATION
from pages.device_applications.page import DevicePage
from ui.address import number
from ui.live.page import LiveAnswer, LivePage, list_has_changed, rows_shown
from ui.live.parts import Part

STALE = 60  # seconds after which a page is drawn anew even when nothing is known to have changed: times, deployments


class LiveDeviceApplications(LivePage):
    """What the list and the answer to its polls have in common. Of a poll `since` is the revision of the device
    for which the page was drawn, `at` when (Unix time), and `n` how many applications were listed."""

    live_url = "applications:live"
    not_polled = ("ask", "id", "page", "sort", "per_page")
    varies_on = ("HX-Request",)
    listed: list[int]  # the applications (ids) whose rows are shown

    def check_access(self) -> None:
        self.device = device_in_sight(self.request.user, self.kwargs["pk"], READ_APPLICATION)
        self.now = timezone.now()

    @cached_property
    def page(self) -> DevicePage:
        return DevicePage(self.device, self.request.user, self.request.GET, self.now)

    def interval(self, parts: Sequence[Part]) -> float:
        return self.page.interval(self.listed)

    def poll_query(self) -> dict[str, str]:
        at = str(int(self.now.timestamp()))
        return {"since": str(self.device.revision), "at": at, "n": str(self.page.total)}


class DeviceApplicationsLive(LiveDeviceApplications, LiveAnswer):
    def is_unchanged(self) -> bool:
        asked = self.request.GET
        age = self.now.timestamp() - number(asked.get("at", ""))
        return asked.get("since") == str(self.device.revision) and 0 <= age < STALE

    def must_answer(self) -> bool:
        return True

    def parts(self, shown: Mapping[str, str]) -> list[Part]:
        page = self.page
        ids = rows_shown(shown, number)
        page.fetch_rows(page.listed.filter(pk__in=ids))
        self.listed = [pk for pk in ids if pk in page.rows]
        return [*page.parts_of_page(), *page.parts_of_rows(self.listed), *page.parts_of_pane()]

    def announcements(self, parts: Sequence[Part], shown: Mapping[str, str]) -> Iterable[Part]:
        """New statuses as words, for a screen reader; and a way to the whole list when applications came or went."""
        rows = self.page.rows
        words = [
            f"{rows[pk].application}: {STATUS_LABELS[ATTENTION[int(part.state)]]}"
            for part in parts
            if (pk := number(part.key)) and shown.get(part.key, "")[:1] not in ("", part.state)
        ]
        yield Part("said", {"said": format_html("{}", ". ".join(words))})
        if str(self.page.total) != self.request.GET.get("n"):
            yield list_has_changed(True, self.page.address())
