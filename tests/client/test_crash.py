"""kill -9 at every step of the journal: nothing is lost, nothing runs twice, the result is true and told (R22)."""

import os
import random
import signal
import time

import pytest

from .machine import until
from .peer import deployment_type

# What can be seen of a run on the disk, in the order in which it appears.
RUN_FILES = ("command.json", "supervisor.log", "lock", "started.json", "output", "running.json", "exit.json")


def installing(machine, peer):
    """An install that leaves one line each time it runs."""
    path = machine.marks / "ran"
    return peer.ask(install=f"echo ran >> {path}; sleep 0.1", detection={"kind": "file", "path": str(path)})


def told_once_and_run_once(machine, peer, asked, reason=""):
    result = peer.result_of(asked)
    assert (result["outcome"], result["reason"]) == ("succeeded", reason)
    assert machine.runs() == 1
    until(lambda: machine.state_of(asked) == "reported", "the journal says it was reported")
    assert all(other == result for other in asked.results)
    return result["steps"][0]


def back(machine, peer):
    """Start the client again and wait until it listens."""
    before = peer.connects
    machine.start()
    peer.wait(lambda: peer.connects > before, "the client is back")


def killer(machine, then):
    """A mishap: the client is killed while the console has its call in its hands."""

    def mishap(_):
        machine.kill()
        return then

    return mishap


@pytest.mark.parametrize("reply", ["cut", "lost"])
@pytest.mark.parametrize("call", ["acknowledge", "progress", "result"])
def test_killed_while_it_tells(enrolled, peer, call, reply):
    """`cut`: the console never took the call; `lost`: it did, and the client never knew."""
    peer.mishap("POST", call, killer(enrolled, reply))
    client = enrolled.start()
    asked = installing(enrolled, peer)
    until(lambda: client.poll() is not None, "the kill")
    enrolled.start()
    told_once_and_run_once(enrolled, peer, asked)


def test_killed_before_it_was_acknowledged_and_cancelled_meanwhile(enrolled, peer):
    peer.mishap("POST", "acknowledge", killer(enrolled, "cut"))
    client = enrolled.start()
    asked = installing(enrolled, peer)
    until(lambda: client.poll() is not None, "the kill")
    assert enrolled.state_of(asked) == "received"
    asked.state = "cancelled"
    enrolled.start()
    until(lambda: enrolled.state_of(asked) == "dropped", "the request is dropped")
    assert (enrolled.runs(), asked.results) == (0, [])


@pytest.mark.parametrize("file", RUN_FILES)
def test_killed_as_soon_as_a_file_of_the_run_appears(enrolled, peer, file):
    enrolled.start()
    asked = installing(enrolled, peer)
    path = enrolled.state / "runs" / asked.payload["id"] / "0.1" / file
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline
    enrolled.kill()
    enrolled.start()
    step = told_once_and_run_once(enrolled, peer, asked)
    assert (step["ran"], step["exit_code"], step["detected_before"]) == (True, 0, "not_installed")


@pytest.mark.parametrize("phase", ["before", "after"])
def test_killed_while_detection_runs(enrolled, peer, phase):
    """Detection that waits: before the command, or after it."""
    ran, asking = enrolled.marks / "ran", enrolled.marks / "asking"
    first = "" if phase == "before" else f"test -e {ran} || exit 0; "
    script = f"{first}touch {asking}; {enrolled.blocking(after=f'test -e {ran} && echo 1.0 || true')}"
    enrolled.start()
    asked = peer.ask(install=f"echo ran >> {ran}", detection={"kind": "script", "script": script})
    until(asking.exists, "the detection script")
    enrolled.kill()
    enrolled.release.touch()
    enrolled.start()
    assert told_once_and_run_once(enrolled, peer, asked)["version"] == "1.0"


@pytest.mark.parametrize("again", [1, 3])
def test_a_command_goes_on_while_its_client_is_dead_and_is_found_again(enrolled, peer, again):
    ran = enrolled.marks / "ran"
    enrolled.start()
    command = enrolled.blocking(before=f"echo ran >> {ran}", after="echo done; exit 30")
    asked = peer.ask(install=command, detection={"kind": "file", "path": str(ran)}, return_codes={"30": "restart"})
    until(enrolled.runs, "the command")
    for _ in range(again):
        enrolled.kill()
        back(enrolled, peer)
    enrolled.release.touch()
    step = told_once_and_run_once(enrolled, peer, asked)
    assert (step["exit_code"], step["meaning"], step["output"]) == (30, "restart", "done\n")


def test_a_command_that_ended_while_its_client_was_dead_is_judged_by_its_exit_code(enrolled, peer):
    enrolled.start()
    asked = peer.ask(
        install=enrolled.blocking(before=f"echo ran >> {enrolled.marks / 'ran'}", after="exit 7"),
        detection={"kind": "file", "path": "/nowhere"},
    )
    until(enrolled.runs, "the command")
    enrolled.kill()
    enrolled.release.touch()
    until((enrolled.state / "runs" / asked.payload["id"] / "0.1" / "exit.json").exists, "the end of the command")
    enrolled.start()
    result = peer.result_of(asked)
    assert (result["reason"], result["steps"][0]["exit_code"], enrolled.runs()) == ("exit_code", 7, 1)


@pytest.mark.parametrize(("found", "expected"), [(True, ("succeeded", "settled")), (False, ("failed", "interrupted"))])
@pytest.mark.parametrize("client_too", [False, True])
def test_a_killed_supervisor_leaves_the_command_and_detection_decides(enrolled, peer, found, expected, client_too):
    """The client waits for the end of the command, although nobody can tell its exit code any more."""
    there = enrolled.marks / "there"
    enrolled.start()
    asked = peer.ask(
        install=enrolled.blocking(
            before=f"echo ran >> {enrolled.marks / 'ran'}", after=f"touch {there}" if found else ""
        ),
        detection={"kind": "file", "path": str(there)},
    )
    run = enrolled.state / "runs" / asked.payload["id"] / "0.1"
    until((run / "running.json").exists, "the command")
    until(enrolled.runs, "the command's mark")
    if client_too:
        enrolled.kill()
    for pid in enrolled.supervisors():
        os.kill(pid, signal.SIGKILL)
    until(lambda: not enrolled.supervisors(), "the end of the supervisor")
    if client_too:
        back(enrolled, peer)
    assert not asked.results
    enrolled.release.touch()
    result = peer.result_of(asked)
    assert (result["outcome"], result["reason"], enrolled.runs()) == (*expected, 1)
    assert result["steps"][0]["exit_code"] is None


def test_the_time_limit_holds_also_when_the_supervisor_was_killed(enrolled, peer):
    enrolled.start()
    asked = peer.ask(
        install=enrolled.blocking(before=f"echo ran >> {enrolled.marks / 'ran'}"),
        detection={"kind": "file", "path": "/nowhere"},
        max_run_minutes=0.03,
    )
    until(enrolled.runs, "the command")
    until((enrolled.state / "runs" / asked.payload["id"] / "0.1" / "running.json").exists, "its note")
    for pid in enrolled.supervisors():
        os.kill(pid, signal.SIGKILL)
    result = peer.result_of(asked)
    assert (result["outcome"], result["reason"]) == ("failed", "interrupted")


def test_killed_between_two_members_of_a_group(enrolled, peer):
    paths = [enrolled.marks / f"member-{n}" for n in range(3)]
    blocked = enrolled.blocking(before=f"echo ran >> {paths[1]}")
    commands = [f"echo ran >> {paths[0]}", blocked, f"echo ran >> {paths[2]}"]
    steps = [
        {
            "application": {"id": n, "name": f"Member {n}", "version": "1"},
            "deployment_types": [deployment_type(command, {"kind": "file", "path": str(path)}, id=n)],
        }
        for n, (command, path) in enumerate(zip(commands, paths, strict=True))
    ]
    enrolled.start()
    asked = peer.ask(steps=steps)
    until(lambda: enrolled.runs("member-1"), "the second member")
    enrolled.kill()
    enrolled.release.touch()
    enrolled.start()
    result = peer.result_of(asked)
    assert [step["reason"] for step in result["steps"]] == ["", "", ""]
    assert [enrolled.runs(f"member-{n}") for n in range(3)] == [1, 1, 1]


def test_killed_while_a_retry_waits(enrolled, peer):
    enrolled.environment["KOPPEL_RETRY_SECONDS"] = "3"
    ran = enrolled.marks / "ran"
    enrolled.start()
    command = f"echo ran >> {ran}; test $(wc -l < {ran}) -ge 2 && touch {ran}.there || exit 18"
    asked = peer.ask(install=command, detection={"kind": "file", "path": f"{ran}.there"})
    peer.wait(lambda: any(body["phase"] == "waiting_retry" for _, body in asked.progress), "the retry")
    enrolled.kill()
    enrolled.start()
    assert (peer.result_of(asked)["outcome"], enrolled.runs()) == ("succeeded", 2)


def test_a_lost_journal_is_settled_by_detection_and_nothing_runs_again(enrolled, peer):
    enrolled.start()
    there, not_there = installing(enrolled, peer), None
    peer.mishap("POST", "result", *["cut"] * 1000)
    until(enrolled.runs, "the command")
    until(lambda: enrolled.state_of(there) == "done", "its end")
    enrolled.kill()
    peer.hear_out()
    not_there = peer.ask(install=f"echo >> {enrolled.marks / 'other'}", detection={"kind": "file", "path": "/nowhere"})
    not_there.state = "running"
    for file in enrolled.state.glob("journal.db*"):
        file.unlink()
    peer.mishaps.clear()
    enrolled.start()
    assert (peer.result_of(there)["reason"], enrolled.runs()) == ("settled", 1)
    assert (peer.result_of(not_there)["reason"], enrolled.runs("other")) == ("interrupted", 0)


def test_a_damaged_journal_is_put_aside(enrolled, peer):
    enrolled.start()
    peer.result_of(installing(enrolled, peer))
    enrolled.kill()
    for file in enrolled.state.glob("journal.db*"):
        file.write_bytes(b"this is no database" * 1000)
    enrolled.start()
    assert peer.result_of(installing(enrolled, peer))["reason"] == "already_installed"
    assert "put aside" in enrolled.log.read_text()


def test_a_storm_of_kills(enrolled, peer):
    """Killed at random moments, over and over: each of many requests runs once and is told, while the kills go on."""
    seed = int(os.environ.get("KOPPEL_SEED", "0")) or random.randrange(1, 10**6)
    chance = random.Random(seed)
    asked = []
    deadline = time.monotonic() + 120
    kills = 0
    while kills < 8 or not all(one.results for one in asked):
        assert time.monotonic() < deadline, f"seed {seed}"
        for n in range(len(asked), len(asked) + 4 if kills < 8 else 0):
            mark = f"{enrolled.marks}/storm-{n}"
            asked.append(peer.ask(install=f"echo ran >> {mark}; sleep 0.1", detection={"kind": "file", "path": mark}))
        enrolled.start()
        with peer.condition:
            peer.condition.wait_for(lambda: all(one.results for one in asked), chance.uniform(0.1, 1.2))
        assert enrolled.client.poll() is None, f"seed {seed}: the client ended by itself"
        enrolled.kill()
        kills += 1
    enrolled.start()
    for n, one in enumerate(asked):
        until(lambda one=one: enrolled.state_of(one) == "reported", "the journal says it was reported")
        assert enrolled.runs(f"storm-{n}") == 1, f"seed {seed}"
        assert one.result["reason"] in ("", "settled"), f"seed {seed}"
