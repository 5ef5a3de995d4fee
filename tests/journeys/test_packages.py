"""A Debian package is dropped in the console and installed, upgraded and removed on this machine (R25, R28)."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import inside
from tests.journeys.pages import DevicePage
from tests.needs import needs_apt

NAME = "koppel-journey"
DROP = """([zone, name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(bytes), letter => letter.charCodeAt(0))], name));
  const how = { dataTransfer: data, bubbles: true, cancelable: true };
  document.querySelector(zone).dispatchEvent(new DragEvent("drop", how));
}"""


def build(folder: Path, version: str) -> Path:
    """A package that puts a command into /usr/bin; larger than one piece of an upload."""
    root = folder / version
    (root / "DEBIAN").mkdir(parents=True)
    (root / "usr/bin").mkdir(parents=True)
    control = f"Package: {NAME}\nVersion: {version}\nArchitecture: all\nMaintainer: Jan de Vries <jan@example.org>\n"
    (root / "DEBIAN/control").write_text(f"{control}Description: a package for a journey\n")
    program = root / "usr/bin" / NAME
    program.write_text(f"#!/bin/sh\necho {NAME} {version}\nexit 0\n")
    with program.open("ab") as file:
        file.write(os.urandom(3 * 1024**2))
    program.chmod(0o755)
    made = folder / f"{NAME}_{version}_all.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--build", root, made], check=True, capture_output=True)
    return made


def version() -> str:
    asked = subprocess.run(["dpkg-query", "-W", "-f=${Status} ${Version}", NAME], capture_output=True, text=True)
    status, _, found = asked.stdout.rpartition(" ")
    return found if status == "install ok installed" else ""


@pytest.fixture
def machine():
    yield
    if version():
        subprocess.run(["dpkg", "--purge", NAME], check=True, capture_output=True)


def save(page: Page, button: str = "Save") -> None:
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name=button).click()


def deploy(page: Page) -> None:
    page.get_by_role("group", name="Actions on this application").get_by_role("link", name="Deploy", exact=True).click()
    page.get_by_label("Collection").select_option("All devices")
    save(page, "Preview")
    save(page, "Deploy to")


@needs_apt
@pytest.mark.usefixtures("machine")
def test_a_package_is_dropped_installed_upgraded_and_removed(whole, visit, said, tmp_path):
    """Drop, look, save; then dpkg and the command of the package prove what the page says."""
    first, second = build(tmp_path, "1.0"), build(tmp_path, "1.10")
    page = visit()
    page.goto(f"{whole.url}/applications/")
    page.get_by_role("link", name="New from a file").click()
    with page.expect_navigation():
        page.evaluate(DROP, ["[data-upload]", first.name, base64.b64encode(first.read_bytes()).decode()])
    expect(page.get_by_label("Name", exact=True).first).to_have_value(NAME)
    expect(page.get_by_label("Publisher")).to_have_value("Jan de Vries")
    expect(page.get_by_label("Platform", exact=True).first).to_have_value("linux")
    save(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
    expect(page.get_by_text(first.name).first).to_be_visible()
    old = page.url
    deploy(page)

    device = DevicePage(page, whole.url, whole.inside(inside.device)["pk"]).open()
    device.ask("Install", f"{NAME} 1.0")
    device.has(f"{NAME} 1.0", "Installed", seconds=120)
    assert version() == "1.0"
    assert subprocess.run([NAME], capture_output=True, text=True).stdout == f"{NAME} 1.0\n"

    page.goto(f"{whole.url}/applications/from-file")
    said.may.append("Failed to load resource")  # the connection breaks off once, in the middle
    page.route("**/uploads/*?offset=2097152", lambda route: route.abort(), times=1)
    with page.expect_navigation():
        page.get_by_label("Choose a file, or drop it here").set_input_files(second)
    save(page)
    deploy(page)
    page.goto(f"{old}edit")
    page.get_by_label("Superseded by").select_option(f"{NAME} 1.10")
    save(page)
    device.open().ask("Reinstall", f"{NAME} 1.0")
    device.confirm(f"Install {NAME} 1.10")
    device.has(f"{NAME} 1.10", "Installed", seconds=120)
    assert version() == "1.10"

    device.ask("Uninstall", f"{NAME} 1.10")
    device.confirm("Uninstall")
    device.has(f"{NAME} 1.10", "Not installed", seconds=120)
    assert version() == ""
