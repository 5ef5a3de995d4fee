"""The parts of a running system end when they should, with all they started, even when the supervisor is killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from console.configuration.environment import ROOT, WrongSetting
from console.launcher.locks import free_port, must_be_free, take_folder
from console.launcher.processes import ChildProcess, Watchdog

FAMILY = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", sys.argv[1]])
open(sys.argv[1], "w").close()
time.sleep(600)
"""
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").close()
time.sleep(600)
"""


@pytest.fixture
def watchdog(tmp_path):
    with take_folder(tmp_path / "data") as lock:
        watchdog = Watchdog(lock.fileno())
        yield watchdog
        watchdog.dismiss()


def part(tmp_path, watchdog, code) -> ChildProcess:
    """A part that runs this code, and has begun to."""
    begun = tmp_path / "begun"
    found = ChildProcess(
        "trial", [sys.executable, "-c", code, str(begun)], os.environ, tmp_path / "trial.log", watchdog
    )
    found.start()
    wait_until(begun.exists)
    return found


def wait_until(holds, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def group_is_empty(group: int | None) -> bool:
    assert group
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_stopping_ends_the_children_too(tmp_path, watchdog):
    trial = part(tmp_path, watchdog, FAMILY)
    group = trial.pid
    trial.stop()
    wait_until(lambda: group_is_empty(group))
    assert trial.pid is None
    assert not trial.wanted


def test_a_part_that_does_not_listen_is_ended_by_force(tmp_path, watchdog):
    trial = part(tmp_path, watchdog, STUBBORN)
    trial.stop(patience=0.2)
    assert trial.exit_code == -signal.SIGKILL


def test_a_killed_part_can_be_started_again(tmp_path, watchdog):
    trial = part(tmp_path, watchdog, FAMILY)
    first = trial.pid
    trial.kill()
    trial.start()
    assert trial.pid not in {None, first}
    trial.kill()


def test_its_log_holds_what_it_said(tmp_path, watchdog):
    trial = ChildProcess(
        "trial", [sys.executable, "-c", "print('good day')"], os.environ, tmp_path / "trial.log", watchdog
    )
    trial.start()
    wait_until(lambda: trial.exit_code is not None)
    assert trial.last_words() == "good day"


def test_when_the_supervisor_is_killed_the_watchdog_ends_its_parts(tmp_path):
    code = f"""
import os, pathlib, sys, time
from console.launcher.processes import ChildProcess, Watchdog
from console.launcher.locks import take_folder
here = pathlib.Path({str(tmp_path)!r})
lock = take_folder(here)
watchdog = Watchdog(lock.fileno())
command = [sys.executable, "-c", {FAMILY!r}, str(here / "begun")]
part = ChildProcess("trial", command, os.environ, here / "log", watchdog)
part.start()
(here / "pid").write_text(str(part.pid))
time.sleep(600)
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    wait_until((tmp_path / "begun").exists)
    group = int((tmp_path / "pid").read_text())
    supervisor.kill()
    supervisor.wait()
    with take_folder(tmp_path):  # is free only when the watchdog has ended, and so has everything else
        assert group_is_empty(group)


def test_a_folder_serves_one_system_at_a_time(tmp_path):
    with take_folder(tmp_path), pytest.raises(WrongSetting, match="already runs on the data"):
        take_folder(tmp_path)
    take_folder(tmp_path).close()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WrongSetting, match="cannot write in"):
        take_folder(tmp_path / "file" / "var")


def test_a_taken_port_is_one_sentence_with_the_next_port():
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(WrongSetting, match=f"Port {port} of 127.0.0.1 cannot be used.*PORT={port % 65535 + 1}"):
            must_be_free("127.0.0.1", port)
    must_be_free("127.0.0.1", free_port("127.0.0.1"))
