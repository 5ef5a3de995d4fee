"""A device's Applications page: the list with its filters, one in detail, the question before an action (R1–R5)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _
from django_filters.views import FilterView
from django_tables2 import SingleTableMixin

from applications.models import Application
from applications.rules.eligibility import Verdict
from applications.rules.words import Action
from applications.wording.actions import ACTION_LABELS, WORDING
from applications.wording.sentences import refusal
from audit.log import Subject, record, who_asks
from audit.models import AuditEntry
from devices.access.in_sight import device_in_sight
from devices.access.permissions import READ_APPLICATION
from pages.device_applications import details
from pages.device_applications.confirmation import question
from pages.device_applications.empty import ways_in
from pages.device_applications.filters import ApplicationFilter
from pages.device_applications.page import DevicePage, number
from pages.device_applications.table import ApplicationTable
from ui.lists.export import EXPORT_ROWS, csv_of
from ui.lists.paging import ListPaginator
from ui.live import Part, digests


class DeviceApplications(SingleTableMixin, FilterView):
    filterset_class = ApplicationFilter
    table_class = ApplicationTable
    template_name = "device_applications/list.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.device = device_in_sight(request.user, kwargs["pk"], READ_APPLICATION)
        self.page = DevicePage(self.device, request.user, request.GET, timezone.now())
        response = super().get(request, *args, **kwargs)
        add_never_cache_headers(response)
        patch_vary_headers(response, ["HX-Request"])
        return response

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

    def get_table_pagination(self, table: ApplicationTable) -> dict[str, Any] | bool:
        fits = self.page.counts[self.page.status] if self.page.status else self.page.total
        known = {"total": fits} if self.filterset.is_valid() else {}
        return {"paginator_class": ListPaginator, "per_page": 50, **known}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page, table = self.page, context["table"]
        listed = list(table.page.object_list.data)
        page.know(listed, also=self.asked)
        table.know(list(page.rows.values()))
        ids = [application.pk for application in listed]
        parts = [*page.parts_of_page(), *(table.parts[pk] for pk in ids), *page.parts_of_pane()]
        return context | {
            "device": self.device,
            "page": page,
            "parts": {key: html for part in parts for key, html in part.pieces.items()},
            "pane": {
                part.key.removeprefix("pane-"): part.pieces[part.key] for part in parts if part.key.startswith("pane-")
            },
            **commands(page, ids),
            "total": table.paginator.count,
            "export_rows": EXPORT_ROWS,
            "query": page.address(),
            "poll": poll(page, ids, parts),
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


class ApplicationExport(DeviceApplications):
    """What the list shows, as a file."""

    def get_table_pagination(self, table: ApplicationTable) -> bool:
        return False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"table": self.get_table(**self.get_table_kwargs())}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        subject = Subject.of(AuditEntry.Kind.DEVICE_APPLICATIONS, self.device)
        record(AuditEntry.Verb.EXPORTED, subject, device=self.device, **who_asks(self.request))
        return csv_of(context["table"], f"{self.device.name}-applications")


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


def poll(page: DevicePage, ids: list[int], parts: list[Part]) -> dict[str, Any]:
    """The next poll: where to, how soon, and what it tells the server of what is shown."""
    query = page.query.copy()
    for passing in ("ask", "id", "page", "sort", "per_page"):
        query.pop(passing, None)
    query["since"] = str(page.device.revision)
    query["at"] = str(int(page.now.timestamp()))
    query["n"] = str(page.total)
    query["seen"] = digests(parts)
    url = reverse("applications:live", args=[page.device.pk])
    return {"url": f"{url}?{query.urlencode()}", "seconds": page.interval(ids)}
