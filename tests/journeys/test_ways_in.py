"""Rules that guard the click guard what a real client does by itself; what it did is on the page (R13, R14, R15)."""

import pytest
from playwright.sync_api import expect

from tests.journeys import inside
from tests.journeys.test_persons import PERSON, sign_in_on_the_device
from tests.running import wait_until


@pytest.fixture
def as_it_was(whole):
    yield
    whole.inside(inside.becomes, site_version="2111", join_type="none")
    sign_in_on_the_device(whole)


def test_r13_a_required_group_installs_its_members_only_where_groups_exist(whole, as_it_was):
    whole.inside(inside.becomes, site_version="2103")
    member = whole.make("Group Member", to="nobody")
    whole.inside(inside.require_group, name="Required group", members=[member])
    whole.make("Beside the group", purpose="required")
    wait_until(lambda: whole.installed("Beside the group"), 60)  # so this policy has been carried out
    assert whole.ran("Group Member") == []
    whole.inside(inside.becomes, site_version="2111")
    wait_until(lambda: whole.installed("Group Member"), 60)


def test_r14_what_is_required_for_a_person_is_not_installed_on_a_device_joined_only_to_azure_ad(
    whole, device, as_it_was
):
    sign_in_on_the_device(whole, PERSON)
    whole.inside(inside.becomes, join_type="azure_ad")
    whole.make("For a person", to=f"person:{PERSON}", purpose="required")
    whole.make("Beside the person", purpose="required")
    wait_until(lambda: whole.installed("Beside the person"), 60)
    assert whole.ran("For a person") == []
    device.open()
    device.has("For a person 1.0", "Available")
    expect(device.detail("For a person 1.0")).to_contain_text("joined only to Azure AD")
    whole.inside(inside.becomes, join_type="hybrid")
    wait_until(lambda: whole.installed("For a person"), 60)


def test_r15_the_row_of_something_superseded_acts_on_what_was_installed_in_its_place(whole, device):
    new = whole.make("Place Next", version="2.0", to="nobody")
    whole.make("Place Classic", superseded_by=new)
    device.open().ask("Install", "Place Classic 1.0")
    device.confirm("Install Place Next 2.0")
    device.has("Place Classic 1.0", "Installed")
    expect(device.detail("Place Classic 1.0")).to_have_text("Place Next 2.0 is installed in its place")
    device.open()
    device.has("Place Next 2.0", "Installed")
    expect(device.row("Place Next 2.0")).to_contain_text("Installed in the place of Place Classic 1.0")
    device.ask("Uninstall", "Place Classic 1.0")
    expect(device.dialog).to_contain_text("Uninstall Place Next 2.0?")
    device.confirm("Uninstall")
    device.has("Place Classic 1.0", "Not installed")
    assert (whole.installed("Place Next"), len(whole.ran("Place Next", "uninstall"))) == (False, 1)
    device.open()
    expect(device.row("Place Next 2.0")).to_have_count(0)
