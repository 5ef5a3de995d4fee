"""A page on which one thing is deleted: why it cannot be, or what goes with it and a question; then it goes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import DetailView

from audit.changes import State, state
from audit.log import Subject, record_change, who_asks
from audit.models import AuditEntry
from ui.page import Page


class DeletionRefused(Exception):
    """It cannot be deleted; `reasons` are whole sentences in the reader's language."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = list(reasons)


class DeletePage(Page, DetailView):
    """A subclass says how the thing is found, why it stays, what goes with it, and how the audit log knows it."""

    http_method_names = ["get", "head", "post"]
    template_name = "ui/delete.html"
    icon: str
    list_url: str  # names of addresses: of the list that it is in, and of its own page
    list_label: Any
    detail_url: str
    kind: AuditEntry.Kind
    fields: tuple[str, ...] = ()  # what the audit log keeps of it

    def find(self) -> Model:
        """The thing, in sight and with the permission on it. Raises Http404, PermissionDenied."""
        raise NotImplementedError

    def why_not(self) -> list[str]:
        """Why it cannot be deleted, in whole sentences; empty when it can."""
        return []

    def consequences(self) -> list[tuple[str, Any]]:
        """What goes with it: label and value, for `ui/_description_list.html`."""
        return []

    def get_state(self) -> State:
        """What the audit log keeps of it, field by field."""
        return state(self.object, self.fields)

    def remove(self) -> None:
        """Delete it, inside the transaction. Raises DeletionRefused."""
        deleted = self.object.delete()[1]
        if not deleted.get(self.object._meta.label):
            raise DeletionRefused(_("Somebody else has deleted it meanwhile."))

    def delete_and_record(self) -> None:
        """Delete it and write that down, in one transaction. Raises DeletionRefused."""
        with transaction.atomic():
            subject, before = Subject.of(self.kind, self.object), self.get_state()
            self.remove()
            record_change(subject, before, None, **who_asks(self.request))

    def get_title(self) -> str:
        return str(self.object)

    def get_success_message(self, name: str) -> str:
        return _("%(name)s is deleted.") % {"name": name}

    def get_success_url(self) -> str:
        return reverse(self.list_url)

    def check_access(self) -> None:
        self.object = self.find()

    def get_object(self, queryset: QuerySet[Any] | None = None) -> Model:
        return self.object

    def get_context_data(self, *, reasons: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        """`reasons`: why it was refused just now."""
        reasons = reasons or self.why_not()
        return super().get_context_data(**kwargs) | {
            "reasons": reasons,
            "facts": [] if reasons else self.consequences(),
            "name": self.get_title(),
            "icon": self.icon,
            "list": {"url": reverse(self.list_url), "label": self.list_label},
            "cancel": reverse(self.detail_url, args=[self.object.pk]),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kept, name = type(self.object)._base_manager.filter(pk=self.object.pk), str(self.object)
        reasons = self.why_not() or self._refusal()
        if not reasons:
            messages.success(request, self.get_success_message(name))
            return redirect(self.get_success_url())
        if not kept.exists():
            messages.error(request, _("Somebody else has deleted it meanwhile."))
            return redirect(self.get_success_url())
        self.check_access()  # as it is by now
        return self.answer_refused(reasons)

    def answer_refused(self, reasons: list[str]) -> HttpResponse:
        """The answer to a POST when it cannot be deleted: the page, which says why."""
        return self.render_to_response(self.get_context_data(object=self.object, reasons=reasons))

    def _refusal(self) -> list[str]:
        """Delete it; why that was not possible, or nothing."""
        pk = self.object.pk
        try:
            self.delete_and_record()
        except DeletionRefused as refused:
            return refused.reasons
        except IntegrityError:  # something refers to it since it was asked why not; also ProtectedError
            self.object.pk = pk  # a model that was nearly deleted has lost it
            return self.why_not() or [_("Something uses it since a moment ago.")]
        return []
