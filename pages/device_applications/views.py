"""A device's Applications page: the list with its filters, one in detail, the question before an action (R1–R5)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from applications.models import Application
from applications.rules.eligibility import Verdict
from applications.rules.words import Action
from applications.wording.actions import ACTION_LABELS, WORDING
from applications.wording.sentences import refusal
from audit.log import Subject
from audit.models import AuditEntry
from pages.device_applications import details
from pages.device_applications.confirmation import question
from pages.device_applications.empty import ways_in
from pages.device_applications.filters import ApplicationFilter
from pages.device_applications.live import LiveDeviceApplications
from pages.device_applications.page import DevicePage
from pages.device_applications.table import ApplicationTable
from ui.address import number
from ui.lists.export import EXPORT_ROWS
from ui.lists.page import ListExport, ListPage
from ui.live.parts import pieces_of


class DeviceApplications(LiveDeviceApplications, ListPage):
    filterset_class = ApplicationFilter
    table_class = ApplicationTable
    template_name = "device_applications/list.html"

    def get_queryset(self) -> QuerySet[Application]:
        return self.page.listed

    def get_table_kwargs(self) -> dict[str, Any]:
        page = self.page
        self.asked = [pk for text in self.request.GET.getlist("id")[:EXPORT_ROWS] if (pk := number(text))]
        return {
            "device": self.device,
            "user": self.request.user,
            "now": page.now,
            "shown": page.shown,
            "picked": self.asked or [page.shown],
        }

    @cached_property
    def known_total(self) -> int | None:
        if not self.filterset.is_valid():
            return None
        return self.page.counts[self.page.status] if self.page.status else self.page.total

    def prepare(self, table: ApplicationTable) -> None:
        """What the rows tell, and the pane, and the question, is fetched at once."""
        self.page.fetch_rows(self.rows, also=self.asked)
        table.take(list(self.page.rows.values()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page, table = self.page, context["table"]
        self.listed = [application.pk for application in self.rows]
        pane = page.parts_of_pane()
        parts = [*page.parts_of_page(), *(table.parts[pk] for pk in self.listed), *pane]
        return context | {
            "device": self.device,
            "page": page,
            "parts": pieces_of(parts),
            "pane": {part.key.removeprefix("pane-"): part.pieces[part.key] for part in pane},
            **commands(page, self.listed),
            "query": page.address(),
            "poll": self.poll(parts),
            **self.pane(),
            **self.question(),
            **({} if page.total or page.filtered else {"empty": ways_in(self.device, self.request.user)}),
        }

    def pane(self) -> dict[str, Any]:
        page = self.page
        row = page.row_shown
        if not row:
            return {}
        viewer = details.Viewer(page.user, page.now, page.may_approve)
        return {"row": row, "deployments": details.deployments(row, viewer), "close": page.address(app=None)}

    def question(self) -> dict[str, Any]:
        """The dialog, when the address asks for one that makes sense."""
        page = self.page
        rows = [page.rows[pk] for pk in dict.fromkeys(self.asked) if pk in page.rows]
        if self.request.GET.get("ask") not in list(Action):
            return {}
        action = Action(self.request.GET["ask"])
        if not page.may_approve or not any(row.verdicts[action].allowed for row in rows):
            return {}
        return {"question": question(action, rows, page.now)}


class ApplicationExport(ListExport, DeviceApplications):
    export_kind = AuditEntry.Kind.DEVICE_APPLICATIONS

    def get_export_name(self) -> str:
        return f"{self.device.name}-{_('Applications')}"

    def audit_entry(self) -> dict[str, Any]:
        return {"subject": Subject.of(self.export_kind, self.device), "device": self.device}


def commands(page: DevicePage, ids: list[int]) -> dict[str, Any]:
    """The five buttons, and the reasons why some are off. Without script a button is off when no row of the page allows
    its action."""
    buttons = []
    reasons: dict[str, dict[str, Any]] = {}
    for action in Action:
        why = why_not([page.rows[pk].verdicts[action] for pk in ids])
        reason = reasons.setdefault(why, {"id": f"why-{len(reasons)}", "text": why, "labels": []}) if why else {}
        if reason:
            reason["labels"].append(str(ACTION_LABELS[action]))
        buttons.append(
            {"name": str(action), "label": ACTION_LABELS[action], "icon": WORDING[action].icon, "reason": reason}
        )
    return {"commands": buttons, "reasons": list(reasons.values())}


def why_not(verdicts: list[Verdict]) -> str:
    """Why an action is possible for none of the rows; empty when it is for one."""
    if not verdicts:
        return _("no application is listed")
    if any(verdict.allowed for verdict in verdicts):
        return ""
    sentences = {refusal(verdict) for verdict in verdicts}
    return sentences.pop() if len(sentences) == 1 else _("not possible for any application on this page")
