"""A command has one supervisor, however many are started."""

import json
import os
import subprocess
import sys

from client.system import processes


def test_a_supervisor_that_comes_second_runs_nothing(tmp_path):
    """Two of them, started by two lives of a client: the command runs once."""
    command = {"command": "echo ran >> ran; sleep 0.2", "account": {}, "env": dict(os.environ), "cwd": str(tmp_path)}
    processes.write(tmp_path / "command.json", {**command, "limit_seconds": 60, "grace_seconds": 1})
    words = [sys.executable, "-m", "client", "supervise", str(tmp_path)]
    both = [subprocess.Popen(words) for _ in range(2)]
    assert [one.wait(30) for one in both] == [0, 0]
    assert (tmp_path / "ran").read_text() == "ran\n"
    assert json.loads((tmp_path / "exit.json").read_text())["exit_code"] == 0
