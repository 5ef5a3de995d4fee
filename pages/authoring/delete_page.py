"""Deletes what somebody authored: the question is a dialog on the page of the thing itself."""

from __future__ import annotations

from typing import Any

from applications.authoring.saving import SaveRefused
from audit.log import who_asks
from ui.delete_page import DeletePage, DeletionRefused


class AuthoredDeletePage(DeletePage):
    """A subclass names what deletes it (which checks, locks and records), and what its page and its question say."""

    def delete_object(self, **by: Any) -> None:
        """Delete it, in a transaction of its own. Raises SaveRefused."""
        raise NotImplementedError

    def get_page_context(self) -> dict[str, Any]:
        """What the page of the thing itself shows."""
        raise NotImplementedError

    def get_question(self, page: dict[str, Any]) -> dict[str, Any]:
        """For `ui/_confirmation_dialog.html`; `page`: what the page shows."""
        raise NotImplementedError

    def delete_and_record(self) -> None:
        try:
            self.delete_object(**who_asks(self.request))
        except SaveRefused as refused:
            raise DeletionRefused(*refused.reasons) from None

    def get_context_data(self, *, reasons: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        page = self.get_page_context()
        if reasons := reasons or self.why_not():
            return page | {"refused": reasons}
        return page | {"question": self.get_question(page)}
