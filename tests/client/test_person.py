"""What runs for a person runs with that person's rights, home and nothing of root's (R14, R24)."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from .machine import ROOT, Machine
from .peer import running_peer

SYSTEM_PYTHON = "/usr/bin/python3"
OTHER = "nobody"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
me = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def everywhere():
    """A folder that every account reaches."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def install_for(machine, peer, person, path, command):
    asked = peer.ask(person=person, run_as="person", install=command, detection={"kind": "file", "path": str(path)})
    return peer.result_of(asked)


def test_the_client_runs_for_the_person_whose_account_it_has(enrolled, peer):
    enrolled.start()
    path = enrolled.marks / "who"
    result = install_for(enrolled, peer, me, path, f"id -un > {path}; echo $KOPPEL_PERSON >> {path}")
    assert (result["outcome"], path.read_text().split()) == ("succeeded", [me, me])


def test_a_person_without_an_account_is_absent(enrolled, peer):
    enrolled.start()
    result = install_for(enrolled, peer, "j.visser-of-nowhere", "/nowhere", "true")
    assert (result["outcome"], result["reason"]) == ("failed", "person_absent")
    assert result["steps"][0]["detail"] == {
        "code": "account_missing",
        "facts": {"person": "j.visser-of-nowhere"},
    }


@needs_root
def test_root_runs_for_a_person_with_that_persons_rights(enrolled, peer, everywhere):
    enrolled.environment["KOPPEL_TEST_OF_ROOT"] = "private"
    enrolled.start()
    path = everywhere / "who"
    command = (
        f"(id -un; id -Gn; echo $HOME; echo $USER; echo $KOPPEL_TEST_OF_ROOT; cat /etc/shadow) > {path} 2>&1; true"
    )
    result = install_for(enrolled, peer, OTHER, path, command)
    assert result["outcome"] == "succeeded", result
    account = pwd.getpwnam(OTHER)
    name, groups, home, user, private, shadow = path.read_text().split("\n")[:6]
    assert (name, home, user, private) == (OTHER, account.pw_dir, OTHER, "")
    assert "root" not in groups
    assert "denied" in shadow


@needs_root
def test_detection_and_requirements_look_with_the_persons_rights(enrolled, peer):
    enrolled.start()
    script = "test $(id -un) = nobody && echo here"
    asked = peer.ask(
        person=OTHER,
        run_as="person",
        requirements=[{"kind": "script", "script": script}],
        detection={"kind": "script", "script": script},
    )
    assert peer.result_of(asked)["reason"] == "already_installed"


@needs_root
@pytest.mark.skipif(
    not shutil.which("runuser")
    or subprocess.run(["runuser", "-u", OTHER, "--", SYSTEM_PYTHON, "-m", "client", "--version"], cwd=ROOT).returncode
    != 0,
    reason="an ordinary account cannot run the client here",
)
def test_an_ordinary_client_runs_for_nobody_else(everywhere):
    home = everywhere / "device"
    with running_peer() as peer:
        machine = Machine(home, {"HOME": str(home)}, ["runuser", "-u", OTHER, "--", SYSTEM_PYTHON, "-m", "client"])
        shutil.chown(home, OTHER)
        shutil.chown(machine.marks, OTHER)
        try:
            assert machine.enrol(peer).returncode == 0
            machine.start()
            path = machine.marks / "who"
            mine = install_for(machine, peer, OTHER, path, f"id -un > {path}")
            assert (mine["outcome"], path.read_text()) == ("succeeded", f"{OTHER}\n")
            other = install_for(machine, peer, "root", "/nowhere", "true")
            assert other["steps"][0]["detail"] == {
                "code": "account_foreign",
                "facts": {"account": OTHER, "person": "root"},
            }
        finally:
            machine.end()
