"""A real Debian package through apt, asked for in a browser: proved by dpkg. Leaves the machine as it was found."""

import re
import shutil
import subprocess

import pytest
from playwright.sync_api import expect

from tests.needs import needs_apt

PACKAGE = "tree 2.1"


def version():
    """Of the package as dpkg has it; empty when it is not installed."""
    asked = subprocess.run(["dpkg-query", "-W", "-f=${Status} ${Version}", "tree"], capture_output=True, text=True)
    status, _, found = asked.stdout.rpartition(" ")
    return found if status == "install ok installed" else ""


def apt(*command):
    subprocess.run(["apt-get", "-qq", "-y", *command], check=True, capture_output=True, timeout=300)


@pytest.fixture
def machine_without_tree():
    found = version()
    if found:
        apt("remove", "tree")
    yield
    if found and not version():
        apt("install", "tree")
    elif version() and not found:
        apt("remove", "tree")


@needs_apt
@pytest.mark.usefixtures("machine_without_tree")
def test_a_debian_package_is_installed_and_uninstalled(device):
    """R9, R24, R25: the command runs as root, detection asks dpkg."""
    device.open().ask("Re-evaluate", PACKAGE)
    expect(device.status(PACKAGE)).to_have_text(re.compile("Available|Not installed"))
    device.ask("Install", PACKAGE)
    device.has(PACKAGE, "Installed", seconds=240)
    assert version()
    assert subprocess.run(["tree", "--version"], capture_output=True, check=True).stdout.startswith(b"tree v")
    device.ask("Uninstall", PACKAGE)
    device.confirm("Uninstall")
    device.has(PACKAGE, "Not installed", seconds=240)
    assert not version()
    assert shutil.which("tree") is None
