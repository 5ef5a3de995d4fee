"""Applications for a person, superseded ones, required ones and groups, on a real device."""

import os
import pwd
import re

import pytest
from playwright.sync_api import expect

from tests.journeys import inside
from tests.running import wait_until

# As root the client takes on the rights of another account; otherwise it runs for its own.
PERSON = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def sign_in_on_the_device(whole, *persons):
    """The client says that these persons are signed in, and no one else."""
    whole.stop("client")
    whole.connect(KOPPEL_SIGNED_IN=",".join(persons))
    wait_until(lambda: whole.inside(inside.device)["signed_in"] == sorted(persons), 30)


@pytest.fixture
def nobody_signed_in_afterwards(whole):
    yield
    sign_in_on_the_device(whole)


@pytest.mark.usefixtures("nobody_signed_in_afterwards")
def test_an_administrator_installs_for_a_person(whole, device):
    """R2, R8, R10, R14, R25: it waits for the sign-in of the primary user, and then runs as that person."""
    whole.inside(inside.primary_user, username=PERSON)
    whole.make("Bookmarks", to=f"person:{PERSON}", run_as="person")
    device.open()
    expect(device.row("Bookmarks 1.0")).to_contain_text(f"Available to {PERSON}")
    device.ask("Install", "Bookmarks 1.0")
    device.has("Bookmarks 1.0", "Install requested")
    expect(device.detail("Bookmarks 1.0")).to_have_text(f"Waiting for sign-in of {PERSON}")
    device.mark()
    sign_in_on_the_device(whole, PERSON)
    device.has("Bookmarks 1.0", "Installed")
    assert device.same
    assert whole.ran("Bookmarks") == [PERSON]


@pytest.mark.usefixtures("nobody_signed_in_afterwards")
def test_with_two_persons_signed_in_an_application_for_a_person_is_refused(whole, device):
    """R14: with exactly that reason; it stays listed."""
    whole.inside(inside.primary_user, username=PERSON)
    whole.make("Diary", to=f"person:{PERSON}", run_as="person")
    sign_in_on_the_device(whole, PERSON, "somebody.else")
    device.open()
    device.has("Diary 1.0", "Available")
    device.select("Diary 1.0")
    expect(device.button("Install")).to_be_disabled()
    expect(device.why("Install")).to_contain_text("more than one user is signed in")


def test_who_asks_for_a_superseded_application_gets_the_new_one(whole, device):
    """R15: the dialog names what is really installed."""
    new = whole.make("Editor Next", version="2.0")
    whole.make("Editor Classic", superseded_by=new)
    device.open()
    expect(device.detail("Editor Classic 1.0")).to_have_text("Superseded by Editor Next 2.0")
    device.ask("Install", "Editor Classic 1.0")
    expect(device.dialog).to_contain_text("Install Editor Next 2.0 instead?")
    expect(device.dialog).to_contain_text("Editor Classic 1.0 is superseded; Editor Next 2.0 will be installed on")
    device.confirm("Install Editor Next 2.0")
    device.has("Editor Next 2.0", "Installed")
    assert (len(whole.ran("Editor Next")), whole.ran("Editor Classic")) == (1, [])


def test_what_is_required_cannot_be_uninstalled_and_the_page_says_why(whole, device):
    """R5, R11: the schedule is in the pane; the reason names the collection."""
    whole.make("Firewall", purpose="required", due_in=24 * 3600)
    device.open()
    device.has("Firewall 1.0", "Required")
    pane = device.show("Firewall 1.0")
    expect(pane).to_contain_text("Required, installs by itself")
    expect(pane.get_by_role("definition").filter(has_text=re.compile(r"^\s*Firewall for"))).to_be_visible()
    device.go(pane.get_by_role("button", name="Install"))
    device.has("Firewall 1.0", "Installed")
    device.select("Firewall 1.0")
    expect(device.button("Uninstall")).to_be_disabled()
    expect(device.why("Uninstall")).to_contain_text("a Required deployment reaches this device (Firewall for")
    device.button("Uninstall").click(force=True)
    expect(device.dialog).to_have_count(0)


def test_what_is_required_and_due_installs_by_itself(whole, device):
    """R27: nobody clicks."""
    whole.make("Baseline", purpose="required", due_in=-60)
    device.open()
    device.has("Baseline 1.0", "Installed")
    expect(device.show("Baseline 1.0").locator("#pane-history")).to_contain_text("asked by the device itself")
    assert len(whole.ran("Baseline")) == 1


def test_a_group_installs_its_applications_in_order(whole, device):
    """R13: one request, each member shown."""
    members = [whole.make("Runtime", to="nobody"), whole.make("Program", to="nobody")]
    group = whole.inside(inside.group, name="Bundle", members=members)
    device.open()
    device.ask("Install", "Bundle 1.0")
    device.has("Bundle 1.0", "Installed")
    first, second = ((whole.land / name).stat().st_mtime_ns for name in ("Runtime", "Program"))
    assert first < second
    expect(device.show("Bundle 1.0").locator("#pane-members li")).to_have_text(
        ["Runtime 1.0 Installed", "Program 1.0 Installed"]
    )
    assert len(whole.inside(inside.requests, application=group)) == 1
    device.select("Bundle 1.0")
    expect(device.why("Repair")).to_contain_text("a group cannot be repaired")
