"""What the client tells: each code is told by its own code, with the facts that stand beside it and no others."""

import io
import os
import re
import sys
import threading
from contextlib import suppress

import pytest

from client.act import steps
from client.act.content import Contents
from client.act.execution import Execution, Later, Outcome
from client.act.policy import Policy
from client.details import FACTS, MAX_LIST, MAX_LIST_TEXT, MAX_TEXT, Code, detail
from client.keep.cache import Cache
from client.look import choice, detection, requirements
from client.look.detection import INSTALLED, Detection
from client.platforms import Unknown, macos, own_account
from client.system import shell
from client.talk.connection import Closed

from .machine import ROOT
from .trust.test_opening import refusals


def test_every_code_has_its_facts():
    assert list(FACTS) == list(Code)


def test_a_fact_is_bounded_and_can_be_kept_anywhere():
    told = detail(
        Code.FILE_MISSING,
        path="x" * 1000,
        nul="a\0b",
        half="\ud800",
        many=["y" * 1000] * 100,
        huge=10**30,
        endless=float("inf"),
        error=KeyError("at_least"),
        nothing=None,
        empty="",
    )
    assert told == {
        "code": "file_missing",
        "facts": {
            "path": "x" * MAX_TEXT,
            "nul": "a b",
            "half": "?",
            "many": ["y" * MAX_LIST_TEXT] * MAX_LIST,
            "huge": "1" + "0" * 30,
            "endless": "inf",
            "error": "'at_least'",
        },
    }


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A folder in which programs are found, and no others."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def make(name, text):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    return make


def deployment_type(**more):
    rule = {"kind": "script", "script": "exit 0"}
    commands = {"install": "", "uninstall": "", "repair": ""}
    kind = {"id": 1, "platform": "any", "run_as": "system", "detection": rule, "requirements": [], **commands}
    return {**kind, "max_run_minutes": 120, **more}


def step(tmp_path, action="install", work=None, told=None, **more):
    """A step of a request of one application, in this process."""
    application = {"id": 7, "name": "GIMP", "version": "3.0"}
    request = {"id": "r", "action": action, "person": None}
    request["steps"] = [{"application": application, "revision": 1, "deployment_types": [deployment_type(**more)]}]
    told = [] if told is None else told
    work = work or {}
    return steps.Step(
        request,
        0,
        work,
        lambda: None,
        tmp_path,
        threading.Event(),
        lambda *progress: told.append(progress[3]),
        60,
        None,
    )


def of_detection(tmp_path):
    account = own_account()
    broken = account.__class__("", "/", {}, str(tmp_path / "nowhere"))
    (tmp_path / "words").write_text("no number\n")
    (tmp_path / "1.0").write_text("1.0\n")
    loud, quiet = "echo 'no such thing' >&2; exit 3", "exit 3"
    for rule, whose in (
        ({"kind": "moon"}, account),
        ({"kind": "file"}, account),
        ({"kind": "file", "path": "\0"}, account),
        ({"kind": "file", "path": str(tmp_path / "x"), "version": "1"}, account),
        ({"kind": "file", "path": str(tmp_path / "words"), "version": "1"}, account),
        ({"kind": "file", "path": str(tmp_path / "1.0"), "version": "2"}, account),
        ({"kind": "file", "path": str(tmp_path), "version": "2"}, account),
        ({"kind": "file", "path": "/" + "x" * 5000}, account),
        ({"kind": "command", "command": loud}, account),
        ({"kind": "command", "command": quiet}, account),
        ({"kind": "command", "command": "koppel-no-such-command"}, account),
        ({"kind": "command", "command": "echo nothing"}, account),
        ({"kind": "command", "command": "true"}, account),
        ({"kind": "command", "command": "true"}, broken),
        ({"kind": "script", "script": loud}, account),
        ({"kind": "script", "script": quiet}, account),
        ({"kind": "script", "script": "true"}, broken),
    ):
        yield detection.detect(rule, whose).detail
    yield shell.ask("sleep 5", account, limit=0.01).fault


def of_content(tmp_path):
    """A file of 5 bytes: not the right ones, broken off, gone, too large."""
    about = {"sha256": "0" * 64, "size": 5, "name": "x.run"}
    answers = [(b"wrong", None), (b"br", None), (b"", Closed("No.")), (b"", None)]
    for number, (data, error) in enumerate(answers):
        told = []
        content = {**about, "size": 10**18 if number == 3 else 5}
        contents = Contents(Cache(tmp_path / "content", 100, list), Sending(data, error), threading.Event())
        (tmp_path / "content").mkdir(exist_ok=True)
        rule = {"kind": "file", "path": str(tmp_path / "nowhere")}
        one = step(tmp_path, told=told, detection=rule, install="true", content=content)
        one.contents = contents
        with suppress(Later):
            yield one.carry_out()["detail"]
        yield from filter(None, told)


class Sending:
    """A console that has one answer."""

    def __init__(self, data, error):
        self.data, self.error = io.BytesIO(data), error
        self.status, self.read1, self.close = 200, self.data.read1, lambda: None

    def download(self, path, headers):
        if self.error:
            raise self.error
        return self, self


def of_packages(programs):
    """With and without programs that know of packages; those of other systems answer as they do there."""
    rule, account = {"kind": "package", "name": "gimp"}, own_account()
    yield detection.detect(rule, account).detail
    yield detection.detect({**rule, "name": "--all"}, account).detail
    programs("dpkg-query", "#!/bin/sh\nexit 1\n")
    yield detection.detect(rule, account).detail
    programs("dpkg-query", "#!/bin/sh\necho 'database is locked' >&2; exit 2\n")
    yield detection.detect(rule, account).detail
    programs("dpkg-query", "#!/no/such/shell\n")
    yield detection.detect(rule, account).detail
    programs("pkgutil", "#!/bin/sh\nexit 0\n")
    with pytest.raises(Unknown) as raised:
        macos.package_version("org.gimp")
    yield raised.value.detail


def of_requirements():
    account = own_account()
    broken = account.__class__("", "/", {}, "/no/such/folder")
    for requirement, whose in (
        ({"kind": "moon"}, account),
        ({"kind": "memory_mb"}, account),
        ({"kind": "memory_mb", "at_least": 10**9}, account),
        ({"kind": "disk_mb", "at_least": 10**12}, account),
        ({"kind": "platform", "in": ["windows", "macos"]}, account),
        ({"kind": "os", "matches": "Plan 9*"}, account),
        ({"kind": "architecture", "in": ["vax", "pdp-11"]}, account),
        ({"kind": "script", "script": "exit 3"}, account),
        ({"kind": "script", "script": "echo 'not root'; exit 3"}, account),
        ({"kind": "script", "script": "exit 0"}, broken),
    ):
        yield requirements.unmet([requirement], whose)


def of_the_choice(monkeypatch):
    yield choice.choose([deployment_type(platform="vms")], None).detail
    for_a_person = [deployment_type(run_as="person")]
    yield choice.choose(for_a_person, None).detail
    yield choice.choose(for_a_person, "no.such.person").detail
    with monkeypatch.context() as changed:
        changed.setattr(os, "geteuid", lambda: 65534)
        yield choice.choose(for_a_person, "root").detail
    yield Policy._look(None, {"deployment_types": [{}]}).detail


def of_a_step(tmp_path):
    there = {"kind": "script", "script": "echo 1.0"}
    yield step(tmp_path).carry_out()["detail"]
    yield step(tmp_path, "uninstall", detection=there).carry_out()["detail"]
    yield step(tmp_path, "repair").carry_out()["detail"]
    yield step(tmp_path, work={"settle": True}, detection=there).carry_out()["detail"]
    running, after = step(tmp_path), Detection(INSTALLED)
    for outcome_, meaning in (
        (Outcome(True, timed_out=True), "failure"),
        (Outcome(False), ""),
        (Outcome(True, 1618), "retry"),
    ):
        yield running._judge(outcome_, meaning, after, 0.5)[1]
    told = []
    with pytest.raises(steps.Later):
        step(tmp_path, work={"tries": 3}, told=told)._again_later(Outcome(True, 1618))
    yield from told


def of_a_command(tmp_path, monkeypatch):
    """Its supervisor does not start; it does not start itself."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "python").write_text("#!/bin/sh\necho broken; exit 1\n")
    (programs / "python").chmod(0o755)
    for number, program in enumerate((programs / "python", programs / "no-such-program")):
        execution = Execution(tmp_path / f"run{number}")
        execution.prepare("true", own_account(), {}, 1)
        with monkeypatch.context() as changed:
            changed.setattr(sys, "executable", str(program))
            yield execution.wait(threading.Event(), lambda *progress: None).start_failed


def causes(told):
    """A detail and those within it."""
    yield told
    for fact in told["facts"].values():
        if isinstance(fact, dict):
            yield from causes(fact)


def test_every_code_is_told_with_its_facts(tmp_path, programs, monkeypatch):
    """R8: real rules, scripts and steps, in this process."""
    told = [*of_packages(programs), *of_content(tmp_path)]
    monkeypatch.undo()  # programs are found again
    told += [*of_detection(tmp_path), *of_requirements(), *of_the_choice(monkeypatch), *of_a_step(tmp_path)]
    told += [*of_a_command(tmp_path, monkeypatch), *refusals(tmp_path), detail(Code.ORDER_REPLAYED)]
    seen = [each for outer in told for each in causes(outer)]
    for each in seen:
        names, optional = set(FACTS[Code(each["code"])]), {"cause", "error", "output"}
        assert names - optional <= set(each["facts"]) <= names, each
    assert {each["code"] for each in seen} == {code.value for code in Code}
    assert {name for each in seen for name in each["facts"]} == {name for names in FACTS.values() for name in names}


def test_the_protocol_names_every_code_with_its_facts():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", (ROOT / "docs" / "protocol.md").read_text(), re.MULTILINE))
    assert {code: re.findall(r"`(\w+)`", facts) for code, facts in rows.items() if code in list(Code)} == {
        code.value: list(facts) for code, facts in FACTS.items()
    }
