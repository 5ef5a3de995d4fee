"""The small parts: pauses, exit codes, locks, the state folder, the facts about this machine."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client import processes, returncodes
from client.backoff import Backoff
from client.inventory import inventory
from client.journal import Journal
from client.platforms import here, linux


def test_pauses_double_up_to_a_limit_and_begin_again():
    backoff = Backoff(first=1, most=300)
    for ceiling in (1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300):
        assert 0 <= backoff.pause() <= ceiling
    backoff.reset()
    assert backoff.pause() <= 1
    assert 60 <= backoff.pause(at_least=60) <= 62


@given(st.integers(0, 200))
def test_a_pause_has_an_end(failures):
    backoff = Backoff()
    backoff.failures = failures
    assert backoff.pause() <= 300


@pytest.mark.parametrize(
    ("code", "table", "meaning"),
    [
        (0, None, "success"),
        (3010, {}, "restart"),
        (1641, None, "restart_started"),
        (1618, None, "retry"),
        (1707, None, "success"),
        (1603, None, "failure"),
        (-9, None, "failure"),
        (0, {"5": "success"}, "failure"),
        (5, {"5": "restart"}, "restart"),
    ],
)
def test_an_exit_code_means_what_the_table_says(code, table, meaning):
    """R25"""
    assert returncodes.meaning(code, table) == meaning


def test_a_lock_has_one_holder_and_ends_with_it(tmp_path):
    first = processes.hold(tmp_path / "lock")
    assert processes.hold(tmp_path / "lock") is None
    assert processes.is_held(tmp_path / "lock")
    first.close()
    assert not processes.is_held(tmp_path / "lock")


def test_a_file_is_claimed_once(tmp_path):
    assert processes.claim(tmp_path / "file", {"a": 1})
    assert not processes.claim(tmp_path / "file", {"a": 2})
    assert processes.read(tmp_path / "file") == {"a": 1}


def test_a_process_is_known_by_pid_and_beginning():
    mine = processes.identity(os.getpid())
    assert mine == processes.identity(os.getpid()) != ""
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert processes.identity(other.pid) not in ("", mine)
    other.communicate()
    assert processes.identity(other.pid) == ""


def test_a_supervisor_that_comes_second_runs_nothing(tmp_path):
    """Two of them, started by two lives of a client: the command runs once."""
    command = {"command": "echo ran >> ran; sleep 0.2", "account": {}, "env": dict(os.environ), "cwd": str(tmp_path)}
    processes.write(tmp_path / "command.json", {**command, "limit_seconds": 60, "grace_seconds": 1})
    words = [sys.executable, "-m", "client", "supervise", str(tmp_path)]
    both = [subprocess.Popen(words) for _ in range(2)]
    assert [one.wait(30) for one in both] == [0, 0]
    assert (tmp_path / "ran").read_text() == "ran\n"
    assert json.loads((tmp_path / "exit.json").read_text())["exit_code"] == 0


def test_the_facts_of_this_machine():
    facts = here.facts()
    assert facts["platform"] == "linux"
    assert facts["memory_mb"] > 100
    assert facts["time_zone"]


def test_persons_come_from_who(monkeypatch, tmp_path):
    (tmp_path / "who").write_text(
        "#!/bin/sh\necho 'j.visser tty2 2026-11-20 10:00'\necho 'a.ali :0 2026-11-20 09:00 (:0)'\n"
    )
    (tmp_path / "who").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert linux.signed_in() == ["a.ali", "j.visser"]


def test_persons_come_from_loginctl_when_who_knows_nobody(monkeypatch, tmp_path):
    (tmp_path / "who").write_text("#!/bin/sh\n")
    (tmp_path / "loginctl").write_text(
        "#!/bin/sh\necho ' 3 1000 j.visser seat0 tty2 active no -'\necho 'c1 115 gdm seat0 tty1'\n"
    )
    for name in ("who", "loginctl"):
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert linux.signed_in() == ["j.visser"]


def test_a_restart_that_was_asked_for_is_pending_until_the_machine_was_restarted(tmp_path, monkeypatch):
    monkeypatch.setattr(linux, "REBOOT_REQUIRED", (tmp_path / "reboot-required",))
    journal = Journal(tmp_path / "journal.db")
    assert inventory(journal)["restart_pending"] is False
    journal.remember(restart_needed_since_boot=processes.boot())
    assert inventory(journal)["restart_pending"] is True
    journal.remember(restart_needed_since_boot="an earlier boot")
    assert inventory(journal)["restart_pending"] is False
    (tmp_path / "reboot-required").touch()
    assert inventory(journal)["restart_pending"] is True
    journal.close()
