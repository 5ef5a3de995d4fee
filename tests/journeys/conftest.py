"""One system and one browser for all journeys; whatever a browser says on its console fails the journey."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from pages.sign_in.sessions.confirmation import FRESH
from tests.journeys import inside
from tests.journeys.pages import DevicePage, sign_in
from tests.journeys.whole import Whole
from tests.needs import chromium, processes_in

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PATIENCE = 30_000  # milliseconds; a machine may be busy

running: list[Whole] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`-m "not journey"` leaves them out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = chromium()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def whole(browser: Browser) -> Iterator[Whole]:
    folder = Path(tempfile.mkdtemp(prefix="koppel-journeys-"))
    folder.chmod(0o711)  # every account may pass
    try:
        with Whole(folder) as whole:
            running.append(whole)
            yield whole
            running.clear()
        assert processes_in(folder) == []
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def signed_in(browser: Browser, whole: Whole) -> Callable[[str], Any]:
    """The cookies of a user; `admin` is there, others are made before. They sign in anew before the console asks who
    they are once more."""
    kept: dict[str, Any] = {}
    since: dict[str, float] = {}

    def cookies(username: str) -> Any:
        if time.monotonic() - since.get(username, -FRESH) > FRESH / 2:
            with browser.new_context(locale="en-GB") as context:
                password = whole.system.password if username == "admin" else inside.PASSWORD
                sign_in(context.new_page(), whole.url, username, password)
                kept[username], since[username] = context.storage_state(), time.monotonic()
        return kept[username]

    return cookies


class Said:
    """What the browser says on its console. `may` are beginnings of messages that a journey provokes."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.may: list[str] = []

    def listen(self, page: Page) -> None:
        page.on("console", lambda message: self.messages.append(f"{message.text} ({message.location['url']})"))
        page.on("pageerror", lambda error: self.messages.append(str(error)))

    @property
    def unexpected(self) -> list[str]:
        return [message for message in self.messages if not message.startswith(tuple(self.may))]


@pytest.fixture
def said() -> Iterator[Said]:
    said = Said()
    yield said
    assert said.unexpected == []


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, signed_in: Callable[[str], Any], said: Said) -> Iterator[Visit]:
    """`visit("admin", **options)`: a page of a browser in which this user (or with "" nobody) is signed in."""
    contexts: list[BrowserContext] = []

    def visit(username: str = "admin", **options: Any) -> Page:
        options = {"locale": "en-GB", "viewport": {"width": 1440, "height": 900}} | options
        state = signed_in(username) if username else None
        context = browser.new_context(storage_state=state, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        said.listen(page)
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def device(whole: Whole, visit: Visit) -> DevicePage:
    """The Applications page of this machine, before an administrator."""
    return DevicePage(visit(), whole.url, whole.inside(inside.device)["pk"])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """With a failed journey: what the parts wrote in their logs."""
    report = yield
    if report.failed and running:
        for name, part in running[0].system.parts.items():
            report.sections.append((f"log of {name}", part.last_words()))
    return report
