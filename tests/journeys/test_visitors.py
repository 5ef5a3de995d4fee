"""Who may not act, may not see, or has no role: what the browser shows them, and what a forged click gets."""

import pytest
from playwright.sync_api import expect

from tests.journeys import inside
from tests.journeys.pages import DevicePage

REFUSED = "Failed to load resource: the server responded with a status of"


@pytest.fixture
def pk(whole):
    return whole.inside(inside.device)["pk"]


def test_a_reader_sees_no_action_that_can_be_clicked_and_a_forged_click_is_refused(whole, visit, pk):
    """R18, R19: 403 that names the permission; nothing is asked."""
    application = whole.make("Only to look at", approval=True)
    whole.inside(inside.user, username="reader", sees="here")
    device = DevicePage(visit("reader"), whole.url, pk).open(app=application)
    device.select("Only to look at 1.0")
    for action in ("Install", "Reinstall", "Re-evaluate", "Uninstall", "Repair"):
        expect(device.button(action)).to_be_disabled()
        expect(device.why(action)).to_contain_text("you need the permission to approve on a collection of this device")
    expect(device.pane.get_by_role("button", name="Install")).to_have_count(0)

    token = device.page.locator("#act [name=csrfmiddlewaretoken]").input_value()
    answer = device.page.request.post(
        f"{device.address}act",
        form={"command": "install", "id": str(application), "confirmed": "1", "csrfmiddlewaretoken": token},
        headers={"Referer": device.address},
    )
    assert answer.status == 403
    assert "applications.approve_application" in answer.text()
    assert whole.inside(inside.requests, application=application) == []


def test_a_stranger_gets_404_for_the_device(whole, visit, pk, said):
    """R19: as if it were not there."""
    whole.inside(inside.user, username="stranger", sees="elsewhere", approves=True)
    page = visit("stranger")
    said.may = [f"{REFUSED} 404"]
    answer = page.goto(f"{whole.url}/devices/{pk}/applications/")
    assert answer.status == 404
    name = whole.inside(inside.device)["name"]
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"{whole.url}/devices/?q={name}")
    expect(page.get_by_role("rowheader", name=name, exact=True)).to_have_count(0)


def test_who_has_no_role_gets_the_page_that_says_so(whole, visit, said):
    """R19: which right is missing, and who can give it."""
    whole.inside(inside.user, username="newcomer")
    page = visit("")
    said.may = [f"{REFUSED} 403"]
    page.goto(f"{whole.url}/sign-in")
    page.get_by_label("User name").fill("newcomer")
    page.get_by_label("Password").fill(inside.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="You have no role yet")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Right to read a collection")).to_contain_text(
        "comes with the role"
    )
    expect(page.get_by_role("main").get_by_text("admin", exact=True)).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_approver_may_act(whole, visit, pk):
    """R18, R19: read and approve on a collection of the device is enough."""
    whole.make("By an approver")
    whole.inside(inside.user, username="approver", sees="here", approves=True)
    device = DevicePage(visit("approver"), whole.url, pk).open()
    device.ask("Install", "By an approver 1.0")
    device.has("By an approver 1.0", "Installed")
