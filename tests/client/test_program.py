"""The program as people start it: from its folder or as one file, once per state folder, ended by a signal."""

import ast
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from .machine import ROOT, Machine, until
from .peer import running_peer

OLD_PYTHON = next(
    (
        str(path)
        for path in [
            *map(Path, filter(None, [shutil.which("python3.9")])),
            *Path.home().glob(".pyenv/versions/3.9.*/bin/python"),
        ]
        if subprocess.run([path, "--version"], capture_output=True).returncode == 0
    ),
    None,
)
needs_old_python = pytest.mark.skipif(not OLD_PYTHON, reason="there is no Python 3.9 here")


@pytest.fixture
def archive(tmp_path):
    """The client as one file, built as the console builds it."""
    from devices.client_api.download import client_archive

    path = tmp_path / "koppel-client.pyz"
    path.write_bytes(client_archive.__wrapped__())
    return path


def install_with(tmp_path, program):
    """Enrol, run, install, with a kill in the middle: the whole of it with a program of one's own."""
    with running_peer() as peer:
        machine = Machine(tmp_path / "device", program=program)
        try:
            done = machine.enrol(peer)
            assert done.returncode == 0, done.stderr
            machine.start()
            ran = machine.marks / "ran"
            asked = peer.ask(
                install=machine.blocking(f"echo ran >> {ran}"), detection={"kind": "file", "path": str(ran)}
            )
            until(machine.runs, "the command")
            machine.kill()
            machine.release.touch()
            machine.start()
            result = peer.result_of(asked)
            assert (result["outcome"], result["steps"][0]["exit_code"], machine.runs()) == ("succeeded", 0, 1)
            machine.stop()
        finally:
            machine.end()


def test_one_file_is_the_whole_client(tmp_path, archive):
    """R24"""
    install_with(tmp_path, [sys.executable, str(archive)])


@needs_old_python
def test_python_3_9_is_enough(tmp_path):
    """R24"""
    install_with(tmp_path, [OLD_PYTHON, "-m", "client"])


@needs_old_python
def test_python_3_9_runs_the_one_file_from_anywhere(archive, tmp_path):
    done = subprocess.run([OLD_PYTHON, "koppel-client.pyz", "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert "enrol" in done.stdout


def test_the_client_needs_nothing_but_the_standard_library(tmp_path, archive):
    """R24: isolated and without site-packages it imports every file it has, but for those of other systems."""
    names = [
        name[:-3].replace("/", ".")
        for name in zipfile.ZipFile(archive).namelist()
        if name.endswith(".py") and name.startswith("client/")
    ]
    mine = [name for name in names if not name.endswith(("windows", "__main__"))]
    code = f"import sys; sys.path.insert(0, {str(archive)!r})\n" + "\n".join(f"import {name}" for name in mine)
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_r24_every_system_stands_behind_the_same_functions():
    """Read, not imported: the others need modules that only their systems have."""
    signatures = set()
    for system in ("linux", "windows", "macos"):
        tree = ast.parse((ROOT / "client" / "platforms" / f"{system}.py").read_text())
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]
        signatures.add(tuple(f"{f.name}({ast.unparse(f.args)}) -> {ast.unparse(f.returns)}" for f in functions))
    assert signatures == {
        (
            "facts() -> dict[str, object]",
            "signed_in() -> list[str]",
            "package_version(name: str) -> str | None",
            "account(person: str) -> Account",
            "machine() -> str",
        )
    }


def test_two_clients_cannot_share_a_state_folder(enrolled, peer):
    enrolled.start()
    peer.wait(lambda: peer.streams, "the first client")
    second = enrolled.call("run", "--state", str(enrolled.state))
    assert second.returncode == 2
    assert second.stderr.strip().endswith(
        f"Another koppel-client is already running with the state folder {enrolled.state}."
    )
    assert "running" in enrolled.call("status", "--state", str(enrolled.state)).stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_client_within_a_second_and_leaves_the_command(enrolled, peer, number):
    enrolled.start()
    ran = enrolled.marks / "ran"
    asked = peer.ask(install=enrolled.blocking(f"echo ran >> {ran}"), detection={"kind": "file", "path": str(ran)})
    until(enrolled.runs, "the command")
    began = time.monotonic()
    enrolled.client.send_signal(number)
    assert enrolled.client.wait(10) == 0
    assert time.monotonic() - began < 1.5
    assert enrolled.supervisors()
    enrolled.release.touch()
    enrolled.start()
    assert (peer.result_of(asked)["outcome"], enrolled.runs()) == ("succeeded", 1)


def test_a_signal_ends_a_client_that_has_no_console(enrolled, peer):
    peer.close()
    enrolled.start()
    until(lambda: "no answer" in enrolled.log.read_text(), "the log says so")
    began = time.monotonic()
    enrolled.client.terminate()
    assert enrolled.client.wait(10) == 0
    assert time.monotonic() - began < 1.5


def test_not_enrolled_is_said(machine):
    done = machine.call("run", "--state", str(machine.state))
    assert (done.returncode, "not enrolled" in done.stderr) == (2, True)
    assert "Not enrolled" in machine.call("status", "--state", str(machine.state)).stdout


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_secret_that_others_can_read_is_refused(enrolled, mode):
    (enrolled.state / "secret").chmod(mode)
    done = enrolled.call("run", "--state", str(enrolled.state))
    assert (done.returncode, "Others than its owner can read or write" in done.stderr) == (2, True)


def test_what_is_kept_is_for_its_owner_alone(enrolled, peer):
    enrolled.start()
    ran = enrolled.marks / "ran"
    asked = peer.ask(install=enrolled.blocking(f"echo ran >> {ran}"), detection={"kind": "file", "path": str(ran)})
    until(enrolled.runs, "the command")
    secret = (enrolled.state / "secret").read_text()
    for path in [enrolled.state, *enrolled.state.rglob("*")]:
        if path.name in ("secret", "command.json", "running.json", "started.json", "console.json"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        if path.is_file() and path.name != "secret":
            assert secret.encode() not in path.read_bytes(), path
    assert stat.S_IMODE(enrolled.state.stat().st_mode) == 0o700
    enrolled.release.touch()
    peer.result_of(asked)
    until(lambda: not (enrolled.state / "runs" / asked.payload["id"]).exists(), "the run's folder is cleared away")
    assert secret not in enrolled.log.read_text()


def test_commands_get_the_usual_umask_and_no_open_files_of_the_client(enrolled, peer):
    enrolled.start()
    made = enrolled.marks / "made"
    command = f"ls -l /proc/self/fd > {enrolled.marks}/open; touch {made}"
    peer.result_of(peer.ask(install=command, detection={"kind": "file", "path": str(made)}))
    assert stat.S_IMODE(made.stat().st_mode) == 0o666 & ~umask()
    opened = (enrolled.marks / "open").read_text()
    assert "journal.db" not in opened
    assert "lock" not in opened


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_every_file_begins_with_a_sentence_about_itself():
    for path in (ROOT / "client").rglob("*.py"):
        first = path.read_text().splitlines()[0]
        assert first.startswith('"""') and first.endswith('."""'), path  # noqa: PT018
        assert len(path.read_text().splitlines()) < 300, path
