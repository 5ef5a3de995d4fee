"""Reinstall, Repair, Uninstall and Re-evaluate, asked for in a browser and carried out on a real machine."""

from playwright.sync_api import expect


def test_every_action_really_runs(whole, device):
    """R11: each action is possible when the document says so, and runs its own command."""
    whole.make("Toolbox")
    device.open().select("Toolbox 1.0")
    for action in ("Reinstall", "Uninstall", "Repair"):
        expect(device.button(action)).to_be_disabled()
    expect(device.why("Uninstall")).to_contain_text("it is not installed now")
    device.ask("Install", "Toolbox 1.0")
    device.has("Toolbox 1.0", "Installed")

    device.select("Toolbox 1.0")
    expect(device.button("Install")).to_be_disabled()
    expect(device.why("Install")).to_contain_text("it is installed already; Reinstall runs the command again")
    device.ask("Reinstall", "Toolbox 1.0")
    pane = device.show("Toolbox 1.0")
    expect(pane.get_by_text("Succeeded", exact=True)).to_have_count(2)
    assert len(whole.ran("Toolbox")) == 2

    (whole.land / "Toolbox").write_text("damaged")
    device.ask("Repair", "Toolbox 1.0")
    expect(device.pane.get_by_text("Succeeded", exact=True)).to_have_count(3)
    assert (whole.land / "Toolbox").read_text() == "1.0\n"
    assert len(whole.ran("Toolbox", "repair")) == 1
    expect(device.pane.get_by_role("region", name="Output, last lines")).to_have_text("Put it right")

    device.ask("Uninstall", "Toolbox 1.0")
    expect(device.dialog).to_contain_text("Uninstall Toolbox 1.0?")
    expect(device.dialog.get_by_role("link", name="Cancel")).to_be_focused()
    assert whole.ran("Toolbox", "uninstall") == []
    device.confirm("Uninstall")
    device.has("Toolbox 1.0", "Not installed")
    assert not whole.installed("Toolbox")
    assert len(whole.ran("Toolbox", "uninstall")) == 1


def test_the_question_can_be_answered_with_no(whole, device):
    """R11: Cancel and Escape ask for nothing."""
    whole.make("Kept")
    device.open().ask("Install", "Kept 1.0")
    device.has("Kept 1.0", "Installed")
    for key in ("Enter", "Escape"):  # the question begins on Cancel
        device.ask("Uninstall", "Kept 1.0")
        expect(device.dialog.get_by_role("link", name="Cancel")).to_be_focused()
        device.page.keyboard.press(key)
        expect(device.dialog).to_have_count(0)
        device.has("Kept 1.0", "Installed")
    assert whole.ran("Kept", "uninstall") == []


def test_a_removal_outside_koppel_shows_after_reevaluate(whole, device):
    """R9: what is on the machine decides, not what once was reported."""
    whole.make("Removed by hand")
    device.open().ask("Install", "Removed by hand 1.0")
    device.has("Removed by hand 1.0", "Installed")
    (whole.land / "Removed by hand").unlink()
    device.ask("Re-evaluate", "Removed by hand 1.0")
    device.mark()
    device.has("Removed by hand 1.0", "Not installed")
    assert device.same

    (whole.land / "Removed by hand").write_text("1.0\n")
    device.ask("Re-evaluate", "Removed by hand 1.0")
    device.has("Removed by hand 1.0", "Installed")
    assert len(whole.ran("Removed by hand")) == 1


def test_several_at_once(whole, device):
    """R1, R10: one confirmation that names what will and what will not be asked for, a request for each."""
    whole.make("Fork"), whole.make("Knife")
    (whole.land / "Knife").write_text("1.0\n")
    device.open().ask("Re-evaluate", "Knife 1.0")
    device.has("Knife 1.0", "Installed")
    device.select("Fork 1.0")
    device.ask("Re-evaluate", "Knife 1.0")
    expect(device.dialog).to_contain_text("Re-evaluate 2 applications?")
    device.confirm("Re-evaluate: 2")
    expect(device.page.get_by_text("Re-evaluate: 2 requests made.")).to_be_visible()
    device.ask("Install", "Fork 1.0")
    device.has("Fork 1.0", "Installed")
    assert (len(whole.ran("Fork")), len(whole.ran("Knife"))) == (1, 0)
