"""The device's page with JavaScript off: everything but what changes by itself."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import inside
from tests.journeys.pages import DevicePage
from tests.running import wait_until


@pytest.fixture
def plain(whole, visit):
    page = visit(java_script_enabled=False)
    return DevicePage(page, whole.url, whole.inside(inside.device)["pk"])


def lists(device, *names):
    expect(device.page.get_by_role("rowheader").get_by_role("link")).to_have_text(names)


def test_filter_sort_and_pane(whole, plain):
    """R3, R5: every view is an address."""
    whole.make("Plain Paper"), whole.make("Plain Pen")
    plain.open()
    plain.page.get_by_role("searchbox", name="Search name or publisher").fill("Plain P")
    plain.page.keyboard.press("Enter")
    lists(plain, "Plain Paper", "Plain Pen")
    plain.go(plain.page.get_by_role("columnheader", name="Name").get_by_role("link"))
    plain.go(plain.page.get_by_role("columnheader", name="Name").get_by_role("link"))
    expect(plain.page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    lists(plain, "Plain Pen", "Plain Paper")
    plain.page.get_by_role("group", name="Status").get_by_role("link", name=re.compile("^Installed")).click()
    expect(plain.page.get_by_text("No application fits")).to_be_visible()
    plain.page.get_by_role("group", name="Status").get_by_role("link", name="Available").click()
    expect(plain.show("Plain Pen 1.0").get_by_role("heading", name="Plain Pen")).to_be_visible()
    plain.pane.get_by_role("link", name="Close details").click()
    expect(plain.pane).to_have_count(0)
    lists(plain, "Plain Pen", "Plain Paper")


def test_install_and_uninstall_with_its_confirmation_page(whole, plain):
    """R1, R11: the result is there when the page is loaded again."""
    whole.make("Plain Stapler")
    plain.open().ask("Install", "Plain Stapler 1.0")
    expect(plain.page.get_by_text("Install requested: Plain Stapler 1.0.")).to_be_visible()
    wait_until(lambda: plain.open().status("Plain Stapler 1.0").inner_text() == "Installed", 30)
    assert whole.installed("Plain Stapler")

    plain.ask("Uninstall", "Plain Stapler 1.0")
    expect(plain.dialog).to_contain_text("Uninstall Plain Stapler 1.0?")
    plain.confirm("Uninstall")
    wait_until(lambda: plain.open().status("Plain Stapler 1.0").inner_text() == "Not installed", 30)
    assert not whole.installed("Plain Stapler")


def test_what_is_refused_says_why(whole, plain):
    """R11: without script the button cannot know what is ticked; the answer tells the reason."""
    whole.make("Plain Glue")
    tape = whole.make("Plain Tape")  # whose Repair is possible, so that the button is on
    whole.inside(inside.reported, application=tape)
    plain.open().ask("Repair", "Plain Glue 1.0")
    expect(plain.page.get_by_text("Plain Glue 1.0 cannot be repaired: it is not installed now.")).to_be_visible()
