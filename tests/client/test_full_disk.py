"""A disk on which nothing can be written: one sentence, exit code and time limit are kept, nothing runs twice (R22).

The limit on the size of files stands for the disk, because it can be set and lifted while a process runs.
"""

import json
import os
import resource
import subprocess

import pytest

from client.act.execution import Execution
from client.platforms import own_account
from client.system import shell

from .machine import ROOT, processes, until

SIZE = resource.RLIMIT_FSIZE
NO_LIMIT = resource.getrlimit(SIZE)[1]


def fill(most=0):
    """For the process that is about to begin."""
    resource.setrlimit(SIZE, (most, NO_LIMIT))


def fill_for(*pids, most=0):
    for pid in pids:
        resource.prlimit(pid, SIZE, (most, NO_LIMIT))


def in_one_sentence(done):
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(("The state folder ", "The journal ")), done.stderr
    return done.returncode


def test_what_cannot_be_written_at_the_start_is_one_sentence(machine, peer):
    words = ["enrol", "--url", peer.url, "--token", "token-1", "--key", peer.keys.public, "--state", str(machine.state)]
    assert in_one_sentence(machine.call(*words, preexec_fn=fill)) == 1
    assert machine.call(*words).returncode == 0
    assert in_one_sentence(machine.call("run", "--state", str(machine.state), preexec_fn=fill)) == 1


@pytest.mark.parametrize("name", ["lock", "journal.db", "console.json", "keys.json"])
def test_what_is_no_file_is_one_sentence(enrolled, name):
    path = enrolled.state / name
    path.unlink(missing_ok=True)
    path.mkdir()
    assert in_one_sentence(enrolled.call("run", "--state", str(enrolled.state))) == 1


def test_the_disk_is_full_while_a_command_runs_and_its_exit_code_is_kept(enrolled, peer):
    client = enrolled.start()
    mark = enrolled.marks / "ran"
    install = enrolled.blocking(after=f"echo ran >> {mark}; exit 7")
    asked = peer.ask(install=install, detection={"kind": "file", "path": str(mark)})
    until(lambda: list(enrolled.state.glob("runs/*/*/running.json")), "the command runs")
    [supervisor] = enrolled.supervisors()
    fill_for(client.pid, supervisor)
    enrolled.release.touch()
    until(mark.exists, "the command ended")
    until(lambda: not commands_of(enrolled), "it is gone")
    assert enrolled.supervisors() == [supervisor], "it keeps the exit code until there is room"
    fill_for(client.pid, supervisor, most=NO_LIMIT)
    step = peer.result_of(asked)["steps"][0]
    assert (step["exit_code"], step["reason"], enrolled.runs()) == (7, "despite_exit_code", 1)
    assert "Traceback" not in enrolled.log.read_text()


def commands_of(machine):
    return [pid for pid, command in processes() if str(machine.release) in command and "supervise" not in command]


def test_a_journal_that_cannot_be_written_is_one_sentence_and_goes_on_later(enrolled, peer):
    client = enrolled.start()
    peer.wait(lambda: peer.streams, "the client listens")
    until(lambda: "Policy now holds" in enrolled.log.read_text(), "the policy is written down")
    most = 16 * 1024  # room for its log, and none in the journal
    assert enrolled.log.stat().st_size < most / 2 < most < (enrolled.state / "journal.db-wal").stat().st_size
    fill_for(client.pid, most=most)
    mark = enrolled.marks / "ran"
    asked = peer.ask(install=f"echo ran >> {mark}", detection={"kind": "file", "path": str(mark)})
    until(lambda: "disk" in enrolled.log.read_text().lower(), "it says so")
    fill_for(client.pid, most=NO_LIMIT)
    peer.wait(lambda: peer.connects > 1 and peer.streams, "it listens again")
    peer.deliver(asked)
    assert peer.result_of(asked)["outcome"] == "succeeded"
    assert enrolled.runs() == 1
    assert "Traceback" not in enrolled.log.read_text()


def supervise(machine, folder, most):
    with open(folder / "supervisor.log", "ab") as log:
        command = [*machine.program, "supervise", str(folder)]
        return subprocess.Popen(command, cwd=ROOT, stderr=log, preexec_fn=lambda: fill(most))


def test_a_time_limit_is_kept_also_when_it_cannot_be_written_down(machine, tmp_path):
    folder, mark = tmp_path / "1.1", machine.marks / "pid"
    Execution(folder).prepare(f"echo $$ > {mark}; while :; do sleep 0.02; done", own_account(), {}, 0.005)
    started = len(json.dumps({"pid": os.getpid(), "identity": "x" * 46}))
    process = supervise(machine, folder, most=started + 16)
    until(lambda: mark.exists() and mark.read_text().strip(), "the command runs")
    until(lambda: not os.path.exists(f"/proc/{mark.read_text().strip()}"), "its time is over")
    assert not (folder / "running.json").exists()
    fill_for(process.pid, most=NO_LIMIT)
    assert process.wait(20) == 0
    assert json.loads((folder / "exit.json").read_text())["timed_out"]


def test_what_could_not_be_begun_is_begun_later_and_once(machine, tmp_path):
    folder, mark = tmp_path / "1.1", machine.marks / "ran"
    Execution(folder).prepare(f"echo ran >> {mark}", own_account(), {}, 1)
    assert supervise(machine, folder, most=0).wait(20) != 0
    assert not (folder / "started.json").exists()
    for _ in range(2):
        assert supervise(machine, folder, most=NO_LIMIT).wait(20) == 0
    assert machine.runs() == 1


def test_what_a_question_prints_is_on_no_disk_and_what_it_leaves_running_ends(machine, tmp_path):
    shell_script = f"sleep 60 & echo $! > {tmp_path}/pid; yes | head -c 50000000"
    answer = shell.ask(shell_script, own_account())
    assert (answer.code, answer.text[:3]) == (0, "y\ny")
    until(lambda: not is_alive((tmp_path / "pid").read_text().strip()), "it ended too")


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
