"""A device's Applications page without a mouse, in English and in Dutch; the focus can always be seen."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.journeys import inside
from tests.journeys.keyboard import Keyboard


@dataclass(frozen=True)
class Words:
    """What is written on the page; statuses and actions as the document has them."""

    locale: str
    actions: tuple[str, ...]
    statuses: tuple[str, ...]
    select: str = "Select {}"

    @property
    def install(self):
        return self.actions[0]

    @property
    def uninstall(self):
        return self.actions[3]


ENGLISH = Words(
    "en-GB",
    ("Install", "Reinstall", "Re-evaluate", "Uninstall", "Repair"),
    (
        *("Available", "Installed", "Installing", "Install requested", "Failed"),
        *("Requirements not met", "Not installed", "Restart pending", "Required"),
    ),
)
DUTCH = Words(
    "nl-NL",
    ("Installeren", "Opnieuw installeren", "Opnieuw evalueren", "Verwijderen", "Reparatie"),
    (
        *("Beschikbaar", "Geïnstalleerd", "Installeren", "Installatie aangevraagd", "Mislukt"),
        *("Er is niet aan de vereisten voldaan", "Niet geïnstalleerd", "Opnieuw opstarten in behandeling", "Vereist"),
    ),
    "{} selecteren",
)


@pytest.mark.parametrize("words", [ENGLISH, DUTCH], ids=["english", "dutch"])
def test_the_whole_page_by_keyboard(whole, visit, words):
    """R1, R3, R5, R6, R11: search, select, install, read, uninstall with a reason; every stop can be seen."""
    name = f"Typed {words.locale[:2]}"
    whole.make(name)
    page = visit(locale=words.locale)
    keyboard = Keyboard(page)
    page.goto(f"{whole.url}/devices/{whole.inside(inside.device)['pk']}/applications/")
    expect(page.locator("html")).to_have_attribute("lang", words.locale[:2])
    expect(page.locator(".pill[id]")).to_have_text([re.compile(rf"^\s*{s}\s+\d+\s*$") for s in (".+", *words.statuses)])
    bar = page.locator("form.cmd")
    for action in words.actions:
        expect(bar.get_by_role("button", name=action, exact=True)).to_be_visible()

    # The first stop leads past the navigation
    keyboard.step()
    keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    # Search
    keyboard.press("/")
    keyboard.is_on(page.locator(".list [type=search]"))
    keyboard.type(name)
    keyboard.go("Enter")
    box = page.get_by_role("checkbox", name=words.select.format(f"{name} 1.0"), exact=True)
    row = page.get_by_role("row").filter(has=box)
    status = row.locator(".st b")
    expect(status).to_have_text(words.statuses[0])

    # A button that is off can be reached, says why, and does nothing
    keyboard.to(box)
    keyboard.press("Space")
    expect(box).to_be_checked()
    uninstall = bar.get_by_role("button", name=words.uninstall, exact=True)
    keyboard.to(uninstall, back=True)
    expect(uninstall).to_have_attribute("aria-disabled", "true")
    why = page.locator(f"#{uninstall.get_attribute('aria-describedby')}")
    expect(why).to_contain_text(words.uninstall)
    keyboard.press("Enter")
    expect(box).to_be_checked()

    # Install: the focus is on the button again, and the row changes by itself
    install = bar.get_by_role("button", name=words.install, exact=True)
    keyboard.to(install, back=True)
    keyboard.go("Enter")
    keyboard.is_on(install)
    expect(status).to_have_text(words.statuses[1])
    assert len(whole.ran(name)) == 1

    # The pane, and away with it
    keyboard.to(row.get_by_role("link"))
    keyboard.go("Enter")
    pane = page.get_by_role("complementary")
    expect(pane).to_be_visible()
    with page.expect_navigation():
        keyboard.press("Escape")
    expect(pane).to_have_count(0)

    # A question: it begins on Cancel, Escape takes it back, and the focus returns to the button
    keyboard.to(box)
    keyboard.press("Space")
    keyboard.to(uninstall, back=True)
    keyboard.go("Enter")
    dialog = page.get_by_role("dialog")
    keyboard.is_on(dialog.locator("a[data-close]"))
    with page.expect_navigation():
        keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    keyboard.is_on(uninstall)
    assert whole.installed(name)

    # The same with a reason, to the end
    keyboard.to(box)
    keyboard.press("Space")
    keyboard.to(uninstall, back=True)
    keyboard.go("Space")
    keyboard.to(dialog.get_by_role("textbox"), back=True)
    keyboard.type("No longer used")
    keyboard.to(dialog.get_by_role("button", name=words.uninstall, exact=True))
    keyboard.go("Enter")
    expect(status).to_have_text(words.statuses[6])
    assert not whole.installed(name)


def test_filter_sort_and_menu_by_keyboard(whole, device):
    """R3: the pills and the heads of the columns are links; a menu closes with Escape and gives the focus back."""
    page, keyboard = device.open().page, Keyboard(device.page)
    keyboard.to(page.locator("#pill-available"))
    keyboard.go("Enter")
    expect(page.locator("#pill-available")).to_have_attribute("aria-current", "true")
    head = page.get_by_role("columnheader", name="Name")
    keyboard.to(head.get_by_role("link"))
    keyboard.go("Enter")
    expect(head).to_have_attribute("aria-sort", re.compile("ascending"))
    account = page.get_by_role("button", name="Account of admin")
    keyboard.to(account)
    keyboard.press("Enter")
    expect(page.locator("#me")).to_be_visible()
    keyboard.to(page.get_by_role("button", name="Sign out"))
    keyboard.press("Escape")
    expect(page.locator("#me")).to_be_hidden()
    keyboard.is_on(account)


@pytest.mark.parametrize("width", [1440, 1024, 390])
@pytest.mark.parametrize("place", ["applications", "with a pane", "all devices"])
def test_every_stop_of_a_page_can_be_seen(whole, visit, width, place):
    """R1: from the first stop to the last one; none is hidden and none holds the focus."""
    page = visit(viewport={"width": width, "height": 800})
    device = f"{whole.url}/devices/{whole.inside(inside.device)['pk']}/applications/"
    hello = whole.inside(inside.application, name="Hello Koppel", version="1.0")
    page.goto(
        {"applications": device, "with a pane": f"{device}?app={hello}", "all devices": f"{whole.url}/devices/"}[place]
    )
    keyboard = Keyboard(page)
    stops = []
    while stop := keyboard.step():
        stops.append(stop)
        assert len(stops) < 400
    assert len(stops) > 8
