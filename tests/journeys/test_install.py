"""The main journey: one click on Install in a browser installs an application on a device."""

from playwright.sync_api import expect

from tests.journeys import inside
from tests.journeys.pages import DevicePage, sign_in


def test_sign_in_all_devices_this_machine_install_installed(whole, visit):
    """R1, R3, R5, R9, R21: a click, a real command, proved by detection, without reloading the page."""
    name = whole.inside(inside.device)["name"]
    page = visit("")
    sign_in(page, whole.url, "admin", whole.system.password)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="All devices").click()
    page.get_by_role("searchbox", name="Search device or user").fill(name)
    page.keyboard.press("Enter")
    page.get_by_role("row").filter(has_text="Online").get_by_role("link", name=name).click()
    page.get_by_role("navigation", name=name).get_by_role("link", name="Applications").click()

    device = DevicePage(page, whole.url, whole.inside(inside.device)["pk"])
    device.has("Hello Koppel 1.0", "Available")
    expect(device.button("Install")).to_be_disabled()
    expect(page.get_by_text("Select an application first")).to_be_visible()
    device.select("Hello Koppel 1.0")
    expect(device.button("Install")).to_be_enabled()
    device.go(device.button("Install"))
    device.mark()
    device.has("Hello Koppel 1.0", "Installed")
    assert device.same
    assert (whole.home / ".koppel-demo" / "hello").read_text() == "1.0\n"

    pane = device.show("Hello Koppel 1.0")
    history = pane.locator("#pane-history")
    for step in ("Asked by admin", "Delivered", "Acknowledged by the client", "Succeeded"):
        expect(history.get_by_text(step, exact=True)).to_be_visible()
    expect(history).to_contain_text("exit code 0: success")
    expect(history).to_contain_text("Detection finds it, 1.0")
    expect(pane.get_by_role("region", name="Output, last lines")).to_have_text("Installed hello 1.0")


def test_a_failing_application_shows_its_exit_code_and_its_output(device):
    """R5, R8, R9: Failed, with what the installer said."""
    device.open()
    device.ask("Install", "Legacy Ledger 4.2")
    device.has("Legacy Ledger 4.2", "Failed")
    expect(device.detail("Legacy Ledger 4.2")).to_contain_text("Exit code 67")
    output = device.show("Legacy Ledger 4.2").get_by_role("region", name="Output, last lines")
    expect(output).to_contain_text("MainEngineThread is returning 1603")
    expect(output).to_contain_text("Error 1923. Service ledgerd could not be installed.")


def test_an_exit_code_of_zero_without_detection_is_a_failure(device):
    """R9: Installed only ever comes from the detection rule."""
    device.open()
    device.ask("Install", "Label Printer 2.0")
    device.has("Label Printer 2.0", "Failed")
    expect(device.detail("Label Printer 2.0")).to_contain_text("Exit code 0, but detection did not find it")


def test_an_unmet_requirement_is_told(device):
    """R7, R25: what the machine does not have is not run."""
    device.open()
    device.ask("Install", "Weather Model 12")
    device.has("Weather Model 12", "Requirements not met")


def test_progress_is_shown_while_it_installs(whole, device):
    """R8: Installing, with how far it is, and then Installed; no reload."""
    whole.make("Progress", held=True)
    device.open()
    device.ask("Install", "Progress 1.0")
    device.mark()
    device.has("Progress 1.0", "Installing")
    expect(device.row("Progress 1.0").get_by_role("progressbar")).to_be_visible()
    expect(device.detail("Progress 1.0")).to_contain_text("Half way")
    whole.release("Progress")
    device.has("Progress 1.0", "Installed")
    assert device.same
    assert len(whole.ran("Progress")) == 1


def test_asked_while_offline_it_installs_when_the_device_returns(whole, device):
    """R3, R10, R21, R23: the approval application waits for the device; nothing else can be asked for meanwhile."""
    whole.disconnect()
    device.open()
    expect(device.page.get_by_text("Offline since")).to_be_visible()
    device.select("Map of the Netherlands 2026.11")
    expect(device.button("Install")).to_be_disabled()
    expect(device.why("Install")).to_contain_text("the device is offline since")
    device.page.get_by_role("button", name="Clear selection").click()

    device.select("Team Notes 3.1")
    for action in ("Reinstall", "Re-evaluate", "Uninstall", "Repair"):
        expect(device.button(action)).to_be_disabled()
        expect(device.why(action)).to_be_visible()
    expect(device.why("Re-evaluate")).to_contain_text("the device is offline since")
    device.go(device.button("Install"))
    device.has("Team Notes 3.1", "Install requested")
    expect(device.detail("Team Notes 3.1")).to_contain_text("Waits until the device is online")
    device.mark()
    whole.connect()
    device.has("Team Notes 3.1", "Installed")
    assert device.same
    assert (whole.home / ".koppel-demo" / "notes").read_text() == "3.1\n"
