"""Locks with one holder, files that are claimed once, processes that are known again."""

import os
import subprocess
import sys

from client.system import processes


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
