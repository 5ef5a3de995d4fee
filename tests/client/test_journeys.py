"""A real client and a console over HTTP: what is asked is done, found and told (R9, R22, R24, R25, R26)."""

import json
import os
import re
import signal
import uuid
from itertools import pairwise

import pytest

from client.system import processes

from .machine import until
from .peer import deployment_type


@pytest.fixture
def ask(working):
    """Ask and wait for the result: `ask(action, **deployment type)`; `{mark}` is a file of this test's own."""
    mark = working.mark(uuid.uuid4().hex)

    def ask(action="install", steps=None, person=None, sync_policy=False, **fields):
        fields.setdefault("install", "touch {mark}")
        fields.setdefault("detection", {"kind": "file", "path": "{mark}"})
        filled = json.loads(json.dumps(fields).replace("{mark}", str(mark)))
        asked = working.peer.ask(action, person, sync_policy, steps=steps, **filled)
        result = working.peer.result_of(asked)
        result["asked"] = asked
        return result

    ask.mark = mark
    return ask


def outcome(result):
    return result["outcome"], result["reason"]


def test_an_install_runs_is_detected_and_told(ask):
    result = ask(install="echo $KOPPEL_ACTION $KOPPEL_APPLICATION $KOPPEL_VERSION $KOPPEL_PERSON > {mark}; echo hello")
    assert outcome(result) == ("succeeded", "")
    assert ask.mark.read_text() == "install Example 1.0\n"
    step = result["steps"][0]
    assert step == {
        "application": 7,
        "revision": 1,
        "deployment_type": 3,
        "reason": "",
        "ran": True,
        "exit_code": 0,
        "meaning": "success",
        "detected_before": "not_installed",
        "detected": "installed",
        "version": "",
        "detail": None,
        "output": "hello\n",
    }
    assert result["started_at"] <= result["finished_at"]


def test_what_is_installed_already_is_not_installed_again(ask):
    ask.mark.touch()
    result = ask(install="echo again > {mark}")
    assert outcome(result) == ("succeeded", "already_installed")
    assert (result["steps"][0]["ran"], ask.mark.read_text()) == (False, "")


@pytest.mark.parametrize(("action", "command"), [("reinstall", "install"), ("repair", "repair")])
def test_reinstall_and_repair_run_also_when_it_is_installed(ask, action, command):
    """R11"""
    ask.mark.touch()
    result = ask(action, **{command: "echo anew > {mark}"})
    assert outcome(result) == ("succeeded", "")
    assert ask.mark.read_text() == "anew\n"


def test_an_uninstall_removes_what_detection_finds(ask):
    """R11"""
    ask.mark.touch()
    assert outcome(ask("uninstall", uninstall="rm {mark}")) == ("succeeded", "")
    assert outcome(ask("uninstall", uninstall="rm {mark}")) == ("succeeded", "already_absent")


def test_an_uninstall_uses_the_deployment_type_that_is_there_whatever_is_required(ask):
    other = deployment_type(id=1, detection={"kind": "file", "path": "/nowhere"}, uninstall="exit 9")
    mine = deployment_type(
        id=2,
        detection={"kind": "file", "path": str(ask.mark)},
        uninstall=f"rm {ask.mark}",
        requirements=[{"kind": "memory_mb", "at_least": 10**9}],
    )
    ask.mark.touch()
    result = ask(
        "uninstall",
        steps=[{"application": {"id": 7, "name": "E", "version": ""}, "deployment_types": [other, mine]}],
    )
    assert outcome(result) == ("succeeded", "")
    assert result["steps"][0]["deployment_type"] == 2


def test_a_reevaluation_runs_nothing_and_tells_what_is_there(ask):
    """R11"""
    result = ask("reevaluate")
    assert (outcome(result), result["steps"][0]["detected"]) == (("succeeded", ""), "not_installed")
    ask.mark.touch()
    result = ask("reevaluate")
    assert (outcome(result), result["steps"][0]["detected"]) == (("succeeded", ""), "installed")
    assert result["steps"][0]["ran"] is False


@pytest.mark.parametrize(
    ("reason", "action", "fields"),
    [
        ("exit_code", "install", {"install": "exit 3"}),
        ("not_detected", "install", {"install": "true"}),
        ("not_detected", "repair", {"repair": "true"}),
        ("detection_unknown", "install", {"detection": {"kind": "script", "script": "echo broken; exit 4"}}),
        ("detection_unknown", "reevaluate", {"detection": {"kind": "script", "script": "exit 4"}}),
        ("detection_unknown", "install", {"detection": {"kind": "magic"}}),
        ("no_command", "install", {"install": "  "}),
        ("no_command", "repair", {}),
        ("no_deployment_type", "install", {"platform": "windows"}),
        ("requirements_not_met", "install", {"requirements": [{"kind": "memory_mb", "at_least": 10**9}]}),
        ("requirements_not_met", "reevaluate", {"requirements": [{"kind": "os", "matches": "Plan 9*"}]}),
        ("person_absent", "install", {"run_as": "person"}),
        ("internal", "dance", {}),
        ("internal", "install", {"max_run_minutes": "long"}),
    ],
)
def test_a_failure_says_why(ask, reason, action, fields):
    assert outcome(ask(action, **fields)) == ("failed", reason)


def test_still_detected_after_an_uninstall_is_a_failure(ask):
    ask.mark.touch()
    assert outcome(ask("uninstall", uninstall="true")) == ("failed", "still_detected")


def test_a_requirement_that_does_not_hold_is_named_with_what_was_found(ask):
    """R17, R25"""
    step = ask(requirements=[{"kind": "memory_mb", "at_least": 10**9}])["steps"][0]
    assert step["detail"]["code"] == "needs_memory"
    assert step["detail"]["facts"]["needed_mb"] == 10**9
    assert 100 < step["detail"]["facts"]["found_mb"] < 10**9
    assert (step["ran"], step["exit_code"], step["detected_before"]) == (False, None, "not_installed")


def test_the_first_deployment_type_that_may_be_is_used(ask):
    types = [
        deployment_type(id=1, platform="windows"),
        deployment_type(id=2, detection={"kind": "file", "path": "/no"}, requirements=[{"kind": "os", "matches": "X"}]),
        deployment_type(id=4, detection={"kind": "file", "path": str(ask.mark)}, install=f"touch {ask.mark}"),
    ]
    result = ask(steps=[{"application": {"id": 7, "name": "E", "version": ""}, "deployment_types": types}])
    assert (outcome(result), result["steps"][0]["deployment_type"]) == (("succeeded", ""), 4)


def test_an_exit_code_of_the_table_asks_for_a_restart(ask, working):
    result = ask(install="touch {mark}; exit 30", return_codes={"30": "restart"})
    assert outcome(result) == ("succeeded", "")
    assert (result["restart_pending"], result["steps"][0]["meaning"]) == (True, "restart")
    assert working.peer.wait(lambda: working.peer.inventories[-1]["restart_pending"], "the inventory that says so")


def test_busy_is_tried_again_and_others_go_first_meanwhile(ask, working):
    first = working.peer.ask(install=f"echo >> {ask.mark}; exit 18", detection={"kind": "file", "path": "/nowhere"})
    assert outcome(ask("reevaluate")) == ("succeeded", "")
    assert not first.results
    result = working.peer.result_of(first, 120)
    assert outcome(result) == ("failed", "retries_exhausted")
    assert len(ask.mark.read_text()) == 10
    assert "waiting_retry" in [body["phase"] for _, body in first.progress]
    retries = [body["detail"] for _, body in first.progress if body["phase"] == "waiting_retry"]
    for retry in retries:  # R8: which one, and when
        assert (retry["code"], retry["facts"]["of"]) == ("retry", 10)
        assert retry["facts"]["number"] < 10
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", retry["facts"]["at"])


def test_r9_what_detection_finds_after_a_failing_exit_code_is_done_at_once(ask):
    """With the exit code as detail: installed and removed; what was there before proves nothing."""
    result = ask(install="touch {mark}; exit 100")
    assert (outcome(result), result["steps"][0]["exit_code"]) == (("succeeded", "despite_exit_code"), 100)
    assert outcome(ask("reinstall", install="exit 100")) == ("failed", "exit_code")
    assert outcome(ask("uninstall", uninstall="rm {mark}; kill -9 $$")) == ("succeeded", "despite_exit_code")


@pytest.mark.parametrize(
    ("install", "expected"),
    [
        ("(sleep 1; touch {mark}) >/dev/null 2>&1 &", ("succeeded", "")),  # its output closed, in its group
        ("(sleep 1; touch {mark}) & exit 3", ("failed", "exit_code")),  # it says itself that it failed
        ("(sleep 0.5; sh -c 'sleep 0.5; touch {mark}' &) &", ("succeeded", "")),  # a child of a child
        ("(sleep 0.5) &", ("failed", "not_detected")),
    ],
)
def test_r25_what_an_installer_started_is_waited_for(ask, install, expected):
    assert outcome(ask(install=install)) == expected


def test_r25_what_an_installer_started_has_the_time_of_its_command(ask):
    result = ask(install="(echo $$ > {mark}.pid; sleep 100) &", max_run_minutes=0.02)
    assert outcome(result) == ("failed", "timed_out")
    pid = int(ask.mark.with_name(ask.mark.name + ".pid").read_text())
    until(lambda: not processes.group_alive(pid), "the end of what it started")


def test_r25_a_removal_that_goes_on_by_itself_is_waited_for(ask):
    ask.mark.touch()
    assert outcome(ask("uninstall", uninstall="(sleep 1; rm {mark}) &")) == ("succeeded", "")


def test_r25_the_lock_of_apt_is_waited_for(ask):
    said = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 31 (apt-get)"
    tries = "echo >> {mark}.tries; test $(wc -l < {mark}.tries) -ge 3"
    result = ask(install=f"{tries} || {{ echo '{said}'; exit 100; }}; touch {{mark}}")
    assert outcome(result) == ("succeeded", "")


def test_busy_that_ends_is_a_success(ask):
    result = ask(install="echo >> {mark}.tries; test $(wc -l < {mark}.tries) -ge 3 || exit 18; touch {mark}")
    assert outcome(result) == ("succeeded", "")


def test_the_time_limit_ends_the_whole_group_also_who_ignores_being_asked(ask):
    stubborn = "sh -c 'trap \"\" TERM; echo $$ > {mark}.pid; while :; do sleep 0.1; done' & sleep 100"
    result = ask(install=stubborn, max_run_minutes=0.02)
    assert outcome(result) == ("failed", "timed_out")
    pid = ask.mark.with_name(ask.mark.name + ".pid").read_text().strip()
    until(lambda: not alive(pid), "the end of the grandchild")
    assert (result["steps"][0]["meaning"], result["steps"][0]["ran"]) == ("failure", True)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_progress_reaches_the_console_at_most_once_a_second(ask):
    lines = "for n in 1 2 3 4 5 6 7 8; do echo koppel-progress: ${n}0 Part $n; sleep 0.3; done; touch {mark}"
    progress = ask(install=lines)["asked"].progress
    told = [(body["percent"], body["text"]) for _, body in progress if body["percent"]]
    assert 2 <= len(told) <= 4
    assert all(text == f"Part {percent // 10}" for percent, text in told)
    times = [when for when, _ in progress]
    assert all(later - earlier > 0.9 for earlier, later in pairwise(times))


def test_output_may_be_garbage_and_the_tail_of_it_is_told(ask):
    step = ask(install=r"printf 'caf\303\251 \377\000\033[1mbold\r\nkoppel-progress: 200 \303'; touch {mark}")["steps"][
        0
    ]
    assert step["output"] == "café \ufffd bold\nkoppel-progress: 200 \ufffd"


def test_a_hundred_megabytes_of_output_are_neither_kept_nor_held(ask, working):
    before = memory(working.machine.client.pid)
    result = ask(install="head -c 100000000 /dev/zero | tr '\\0' x; sleep 0.5; echo the end; touch {mark}")
    assert outcome(result) == ("succeeded", "")
    assert result["steps"][0]["output"].endswith("xthe end\n")
    assert len(result["steps"][0]["output"]) == 4000
    assert memory(working.machine.client.pid) - before < 8_000


def memory(pid):
    """The largest memory that a process ever had, in kB."""
    with open(f"/proc/{pid}/status") as file:
        return int(next(line for line in file if line.startswith("VmHWM")).split()[1])


def test_a_command_reads_nothing_and_has_a_group_and_home_of_its_own(ask):
    ask(install="cat; echo $HOME $PWD > {mark}; ps -o pgid= -p $$ | tr -d ' ' >> {mark}; echo $$ >> {mark}")
    where, group, pid = ask.mark.read_text().splitlines()
    assert where.split()[0] == where.split()[1] != ""
    assert group == pid


def test_what_an_installer_leaves_running_keeps_running(ask):
    result = ask(install="sh -c 'while :; do sleep 0.1; echo on; done' & echo $! > {mark}")
    assert outcome(result) == ("succeeded", "")
    pid = ask.mark.read_text().strip()
    assert alive(pid)
    os.killpg(os.getpgid(int(pid)), signal.SIGKILL)


def member(number, install, path):
    application = {"id": number, "name": f"Member {number}", "version": "1"}
    kind = deployment_type(id=number, install=install, detection={"kind": "file", "path": str(path)})
    return {"application": application, "deployment_types": [kind]}


def test_a_group_installs_its_members_in_order(ask, working):
    """R13"""
    paths = [working.mark(f"group-{number}") for number in range(3)]
    steps = [
        member(n, f"echo $(ls {working.machine.marks} | grep -c group-) > {path}", path) for n, path in enumerate(paths)
    ]
    result = ask(steps=steps)
    assert (outcome(result), [path.read_text() for path in paths]) == (("succeeded", ""), ["0\n", "1\n", "2\n"])
    assert [step["application"] for step in result["steps"]] == [0, 1, 2]
    assert {body.get("step") for _, body in result["asked"].progress} <= {0, 1, 2}


def test_a_group_stops_at_the_first_failure(ask, working):
    """R13"""
    paths = [working.mark(f"stops-{number}") for number in range(3)]
    commands = [f"touch {paths[0]}", "exit 5", f"touch {paths[2]}"]
    result = ask(
        steps=[member(n, command, path) for n, (command, path) in enumerate(zip(commands, paths, strict=True))]
    )
    assert outcome(result) == ("failed", "exit_code")
    assert [step["reason"] for step in result["steps"]] == ["", "exit_code"]
    assert not paths[2].exists()


def test_policy_is_fetched_first_when_the_request_says_so(ask, working):
    """R10"""
    peer = working.peer
    with peer.condition:
        peer.calls.clear()
    assert outcome(ask(sync_policy=True)) == ("succeeded", "")
    calls = [call for call in peer.calls if call == "GET /policy" or "/requests/" in call]
    assert calls.index("GET /policy") < next(n for n, call in enumerate(calls) if call.endswith("/result"))
    assert calls[0].endswith("/acknowledge")


def test_requests_are_carried_out_in_their_order(working):
    path = working.mark("order")
    asked = [
        working.peer.ask(install=f"echo {n} >> {path}", detection={"kind": "script", "script": "true"})
        for n in range(5)
    ]
    for one in asked:
        working.peer.result_of(one)
    assert path.read_text().split() == ["0", "1", "2", "3", "4"]
