"""The client as a service: installed, replaced, removed, with a systemctl that writes down what it is told (R24)."""

from __future__ import annotations

import io
import sys
import zipfile

import pytest

from client import __main__, service
from client.keep.state import State
from devices.client_api.download import client_archive


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with systemd, as root, on which the client was fetched and enrolled."""
    for name, place in (("PROGRAM", "lib/koppel-client.pyz"), ("UNIT", "system/koppel-client.service")):
        monkeypatch.setattr(service, name, tmp_path / place)
    monkeypatch.setattr(service, "SYSTEMD", tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/told\n[ ! -e {tmp_path}/broken ]\n')
    (programs / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    (tmp_path / "koppel-client.pyz").write_bytes(client_archive())
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "koppel-client.pyz")])
    State(tmp_path / "state").console_file.write_text('{"url": "x", "device": 1, "name": "desk-1"}')
    return tmp_path


def call(machine, *words):
    return __main__.main([*words, "--state", str(machine / "state")])


def told(machine):
    return (machine / "told").read_text().splitlines()


def test_it_is_installed_and_replaced_by_a_newer_one(machine, monkeypatch):
    assert call(machine, "install") == 0
    assert service.PROGRAM.read_bytes() == client_archive()
    assert service.PROGRAM.stat().st_mode & 0o777 == 0o755
    assert "ExecStart=/usr/bin/python3 -I /usr/local/lib/koppel-client.pyz run" in service.UNIT.read_text()
    assert told(machine) == ["daemon-reload", "enable koppel-client", "restart koppel-client"]
    (machine / "koppel-client.pyz").write_bytes(b"a newer one")
    assert call(machine, "install") == 0
    assert service.PROGRAM.read_bytes() == b"a newer one"
    monkeypatch.setattr(sys, "argv", [str(service.PROGRAM)])
    assert call(machine, "install") == 0, "from where it is already"


def test_it_is_removed_with_or_without_its_enrolment(machine):
    call(machine, "install")
    assert call(machine, "uninstall") == 0
    assert not service.PROGRAM.exists()
    assert not service.UNIT.exists()
    assert (machine / "state" / "console.json").exists()
    assert told(machine)[3:] == ["disable --now koppel-client", "daemon-reload"]
    assert call(machine, "uninstall", "--forget") == 0
    assert not (machine / "state").exists()


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (lambda machine, patch: patch.setattr(service, "SYSTEMD", machine / "none"), "There is no systemd here"),
        (lambda machine, patch: patch.setattr("os.geteuid", lambda: 1000), "Only root can install a service"),
        (lambda machine, patch: (machine / "state" / "console.json").unlink(), "not enrolled"),
        (lambda machine, patch: patch.setattr(sys, "argv", ["client/__main__.py"]), "is not the client as one file"),
        (lambda machine, patch: (machine / "broken").touch(), "systemctl daemon-reload did not succeed"),
        (lambda machine, patch: (machine / "lib").write_text("a file"), "cannot be written"),
    ],
)
def test_what_stands_in_the_way_is_one_sentence(machine, monkeypatch, capsys, trouble, sentence):
    trouble(machine, monkeypatch)
    assert call(machine, "install") in (1, 2)
    assert sentence in capsys.readouterr().err


def test_the_one_file_holds_its_unit():
    with zipfile.ZipFile(io.BytesIO(client_archive())) as archive:
        assert "[Service]" in archive.read("client/koppel-client.service").decode()
