"""Export in a browser: the view as a file, its first 500 rows, nothing in it that a spreadsheet would run."""

import csv
import io

import pytest
from playwright.sync_api import expect

from tests.journeys import inside

DANGER = "=cmd|'/c calc'!A1 "


def download(page, link):
    with page.expect_download() as started:
        link.click()
    text = started.value.path().read_bytes().decode("utf-8-sig")
    return started.value.suggested_filename, list(csv.reader(io.StringIO(text)))


@pytest.fixture
def crowd(whole):
    whole.inside(inside.crowd, name=DANGER, count=501)
    yield
    whole.inside(inside.crowd_leaves, name=DANGER)


@pytest.mark.usefixtures("crowd")
def test_501_devices_give_500_and_cells_are_harmless(whole, visit):
    """R4: said before and after; what begins with = is text."""
    page = visit()
    page.goto(f"{whole.url}/devices/?q=calc")
    expect(page.get_by_text("export: first 500 of 501")).to_be_visible()
    name, (header, *rows) = download(page, page.get_by_role("link", name="Export", exact=True))
    assert name == "devices-first-500-of-501.csv"
    assert header[0] == "Device name"
    assert len(rows) == 500
    assert all(row[0].startswith(f"'{DANGER}") for row in rows)


def test_a_filtered_list_of_applications_is_exported_as_it_is_shown(whole, device):
    """R4: its filter, search and columns."""
    whole.make("Exported One"), whole.make("Exported Two")
    device.open(q="Exported", sort="-name")
    _, (header, *rows) = download(device.page, device.page.get_by_role("link", name="Export", exact=True))
    assert header[0] == "Name"
    assert [row[0] for row in rows] == ["Exported Two", "Exported One"]
