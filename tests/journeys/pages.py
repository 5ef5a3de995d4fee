"""Pages as a visitor handles them: by what is written on them."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect


class DevicePage:
    """The Applications page of a device, in English unless `words` says otherwise."""

    def __init__(self, page: Page, url: str, device: int) -> None:
        self.page, self.address = page, f"{url}/devices/{device}/applications/"

    def open(self, **query: object) -> DevicePage:
        self.page.goto(f"{self.address}?{urlencode(query)}" if query else self.address)
        return self

    def row(self, application: str) -> Locator:
        box = self.page.get_by_role("checkbox", name=f"Select {application}", exact=True)
        return self.page.get_by_role("row").filter(has=box)

    def status(self, application: str) -> Locator:
        return self.row(application).locator(".st b")

    def detail(self, application: str) -> Locator:
        return self.row(application).locator(".st small")

    def select(self, *applications: str) -> None:
        for application in applications:
            self.page.get_by_role("checkbox", name=f"Select {application}", exact=True).check()

    def button(self, action: str) -> Locator:
        return self.page.get_by_role("form", name="Actions on applications").get_by_role(
            "button", name=action, exact=True
        )

    def ask(self, action: str, *applications: str) -> None:
        """Select and click; the answer of the console is there afterwards."""
        self.select(*applications)
        self.go(self.button(action))

    def confirm(self, submit: str) -> None:
        self.go(self.dialog.get_by_role("button", name=submit))

    def go(self, to: Locator) -> None:
        """Click on what leads to a page, and be there."""
        with self.page.expect_navigation():
            to.click()

    def show(self, application: str) -> Locator:
        """Open the details of an application: the pane."""
        self.go(self.row(application).get_by_role("link").first)
        expect(self.pane).to_be_visible()
        return self.pane

    def has(self, application: str, status: str, seconds: float = 30) -> None:
        expect(self.status(application)).to_have_text(status, timeout=seconds * 1000)

    def why(self, action: str) -> Locator:
        """The line that says why an action is not possible."""
        return self.page.locator("[data-why-list] li", has_text=re.compile(rf"\b{action}\b"))

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def pane(self) -> Locator:
        return self.page.get_by_role("complementary")

    def mark(self) -> None:
        """From here on `same` tells whether the page was loaded again."""
        self.page.evaluate("document.documentElement.dataset.mark = 'here'")

    @property
    def same(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.dataset.mark === 'here'"))


def sign_in(page: Page, url: str, username: str, password: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_attached()
