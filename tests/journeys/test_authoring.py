"""What an administrator writes in the console really installs on a device: application, deployment type, deployment."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys import inside
from tests.journeys.pages import DevicePage
from tests.running import wait_until


def save(page: Page, button: str = "Save") -> None:
    page.get_by_role("main").get_by_role("button", name=button).click()
    page.wait_for_load_state()


def test_written_without_script_and_installed_on_this_machine(whole, visit):
    """R25: every step is a plain form; the preview counts devices; what was saved is on the device's page."""
    page = visit(java_script_enabled=False)
    page.goto(whole.url)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="All applications").click()
    page.get_by_role("link", name="New application").click()
    page.get_by_label("Name", exact=True).fill("Ruler")
    page.get_by_label("Version").fill("2.0")
    save(page)
    expect(page.get_by_role("heading", name="No deployment type yet")).to_be_visible()

    page.get_by_role("main").get_by_role("link", name="New deployment type").first.click()
    page.get_by_label("Name", exact=True).fill("Linux")
    there = whole.land / "ruler"
    page.get_by_label("Install command", exact=True).fill(f"set -e\necho 2.0 > {there}\necho Put it there")
    save(page)
    expect(page.get_by_text("Not saved: correct what is marked below.")).to_be_visible()
    page.get_by_label("Platform", exact=True).first.select_option("Linux")
    page.get_by_label("It is installed when").select_option("A file is there")
    page.get_by_label("Path of the file").fill(str(there))
    page.get_by_label("This version or newer").fill("2.0")
    page.get_by_role("group", name="Requirement 1").get_by_label("What is required").select_option("Platform")
    page.get_by_role("group", name="Requirement 1").get_by_label("Linux").check()
    save(page)
    expect(page.get_by_text("Made deployment type Linux.")).to_be_visible()

    page.get_by_role("group", name="Actions on this application").get_by_role("link", name="Deploy", exact=True).click()
    page.get_by_label("Collection").select_option("All devices")
    save(page, "Preview")
    question = page.get_by_role("heading", level=1).inner_text()
    assert question.startswith("Deploy Ruler 2.0 to ")
    assert question.endswith(" devices?")
    save(page, "Deploy to")
    expect(page.get_by_text("Deployed: Ruler 2.0 → All devices.")).to_be_visible()

    device = DevicePage(page, whole.url, whole.inside(inside.device)["pk"]).open()
    device.ask("Install", "Ruler 2.0")
    wait_until(lambda: device.open().status("Ruler 2.0").inner_text() == "Installed", 30)
    assert there.read_text() == "2.0\n"

    page.goto(f"{whole.url}/deployments/?q=Ruler")
    page.get_by_role("rowheader").get_by_role("link", name="Ruler").click()
    page.get_by_role("group", name="Actions on this deployment").get_by_role("link", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("Stays installed on")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_load_state()
    # What Koppel installed stays listed, with why, until it is gone (R15).
    expect(device.open().row("Ruler 2.0")).to_contain_text("Its deployment is gone")
    device.has("Ruler 2.0", "Installed")


def test_a_required_deployment_that_is_written_installs_by_itself(whole, visit):
    """R27: the connected client is told at once that its policy changed."""
    whole.make("Stamp", to="nobody")
    page = visit()
    page.goto(f"{whole.url}/deployments/new")
    page.get_by_label("Application or group").select_option("Stamp 1.0")
    page.get_by_label("Collection").select_option("All devices")
    page.get_by_label("Required: by itself, at the deadline").check()
    save(page, "Preview")
    expect(page.get_by_text("It installs at once")).to_be_visible()
    save(page, "Deploy to")
    wait_until(lambda: whole.installed("Stamp"), 60)
    assert len(whole.ran("Stamp")) == 1


def test_of_the_fields_for_several_kinds_those_of_the_chosen_one_are_shown(whole, visit):
    """Without script: style alone; all of it by keyboard."""
    application = whole.make("Shelf", to="nobody")
    page = visit(java_script_enabled=False)
    page.goto(f"{whole.url}/applications/{application}/types/new")
    kind = page.get_by_label("It is installed when")
    expect(page.get_by_label("Path of the file")).to_be_hidden()
    kind.focus()
    page.keyboard.type("A package")
    expect(page.get_by_label("Name of the package")).to_be_visible()
    expect(page.get_by_label("This version or newer")).to_be_visible()
    expect(page.get_by_label("Path of the file")).to_be_hidden()
    page.keyboard.press("End")
    expect(page.get_by_label("Detection script")).to_be_visible()
    expect(page.get_by_label("This version or newer")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Detection script")).to_be_focused()
