"""What a client says is understood and said in the reader's language; its sentences come from its own code (R6, R8)."""

from __future__ import annotations

import ast
import os
import re
import threading
from pathlib import Path

import pytest
from django.utils.translation import override

from applications.models import RequestStep
from applications.wording.client_sentences import translated, unmet
from applications.wording.sentences import outcome
from client import choice, detection, requirements, shell, steps
from client.detection import INSTALLED, NOT_INSTALLED, UNKNOWN, Detection
from client.execution import Outcome
from client.platforms import Unknown, macos, own_account
from client.policy import Policy
from pages.device_applications.history import prose
from pages.requests.timeline import facts_of_step

CLIENT = Path(choice.__file__).parent
FILES = (
    "choice.py",
    "detection.py",
    "requirements.py",
    "steps.py",
    "shell.py",
    "platforms/linux.py",
    "platforms/posix.py",
)


@pytest.mark.parametrize(
    ("detail", "sentence"),
    [
        ("memory_mb: at least 32768 is needed, 16000 was found.", "Needs 32 GB memory; this device has 15.6 GB"),
        ("disk_mb: at least 900 is needed, 12 was found.", "Needs 900 MB free on the disk; this device has 12 MB"),
        ("os: Windows 11* is needed, this is Debian 12.", "Needs Windows 11*; this device has Debian 12"),
        ("platform: linux or macos is needed, this is windows.", "Needs Linux or macOS; this device has Windows"),
        (
            "script: the script ended with exit code 1: not root.",
            "Its script says that it does not fit this device: the script ended with exit code 1: not root",
        ),
        ("something new", "Requirement: something new"),
        ("", "Requirement: "),
    ],
)
def test_r8_a_requirement_that_does_not_hold_is_said_in_full(detail, sentence):
    assert unmet(detail) == sentence
    assert outcome("requirements_not_met", {"detail": detail}) == sentence


@pytest.mark.parametrize(
    ("detail", "english", "dutch"),
    [
        ("/x does not exist.", "/x does not exist", "/x bestaat niet"),
        ("Exit code -9.", "Exit code -9", "Afsluitcode -9"),
        ("Retry 3 of 10 at 14:00:05", "Retry 3 of 10 at 14:00:05", "Poging 3 van 10 om 14:00:05"),
        (
            "memory_mb: at least 32768 is needed, 16000 was found.",
            "Needs 32 GB memory; this device has 15.6 GB",
            "Heeft 32 GB geheugen nodig; dit apparaat heeft 15,6 GB",
        ),
        (
            "platform: linux or macos is needed, this is windows.",
            "Needs Linux or macOS; this device has Windows",
            "Heeft Linux of macOS nodig; dit apparaat heeft Windows",
        ),
        (
            "The detection script gave no answer: it took longer than 60 s.",
            "The detection script gave no answer: it took longer than 60 s",
            "Het detectiescript gaf geen antwoord: het duurde langer dan 60 s",
        ),
        (
            "The detection script ended with exit code 3: ",
            "The detection script ended with exit code 3",
            "Het detectiescript eindigde met afsluitcode 3",
        ),
        ("bash: line 1: foo: command not found", *["bash: line 1: foo: command not found"] * 2),
        ("script: line 1: no.", *["script: line 1: no."] * 2),
        ("Downloading 100 %", *["Downloading 100 %"] * 2),
        ("", "", ""),
    ],
)
def test_r6_what_a_client_says_in_both_languages(detail, english, dutch):
    assert translated(detail) == english
    with override("nl"):
        assert translated(detail) == dutch


@pytest.mark.parametrize(
    ("reason", "detail", "sentence"),
    [
        ("detection_unknown", "Detection gave no answer: it broke.", "Detection gave no answer: it broke"),
        ("detection_unknown", "The first line of x holds no version.", "Detection gave no answer: The first line of x"),
        ("detection_unknown", "", "Detection gave no answer"),
        ("internal", "", "The client met a fault"),
    ],
)
def test_r8_a_sentence_with_what_the_client_said_does_not_say_it_twice(reason, detail, sentence):
    said = outcome(reason, {"detail": detail} if detail else {})
    assert said.startswith(sentence)
    assert said.count("gave no answer") <= 1
    assert "%(" not in said


@pytest.mark.parametrize(
    "hostile",
    [
        "memory_mb: at least " + "9" * 400 + " is needed, this is 1.",
        "script: the script gave no answer: " * 22 + "script: a" + " is needed, " * 200 + "!",
        "script: the script gave no answer: " * 16,
        "Detection gave no answer: " * 1000,
        "kind: " + "a is needed, " * 45 + "!",
    ],
)
def test_a_hostile_sentence_is_still_a_sentence(hostile):
    """Nothing in it is computed, and what is within it is looked at once, not over and over."""
    assert hostile[20:40] in translated(hostile)
    assert hostile[20:40] in unmet(hostile)


def test_r6_a_step_on_the_page_of_its_request_is_dutch_and_says_nothing_twice():
    absent = RequestStep(reason="not_detected", exit_code=0, detail="The package gimp is not installed.")
    silent = RequestStep(reason="detection_unknown", detail="The detection script ended with exit code 3: ")
    with override("nl"):
        facts = dict(facts_of_step(absent))
        assert facts["Resultaat"] == "Afsluitcode 0, maar detectie vond de toepassing niet"
        assert facts["Detail"] == "Het pakket gimp is niet geïnstalleerd"
        facts = dict(facts_of_step(silent))
        assert facts["Resultaat"].endswith(": Het detectiescript eindigde met afsluitcode 3")
        assert "Detail" not in facts


# What follows makes the client's own code say what it can say.


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
    request["steps"] = [{"application": application, "deployment_types": [deployment_type(**more)]}]
    told = [] if told is None else told
    work = work or {}
    return steps.Step(
        request, 0, work, lambda: None, tmp_path, threading.Event(), lambda *progress: told.append(progress[2]), 60
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
        ({"kind": "command", "command": loud}, account),
        ({"kind": "command", "command": quiet}, account),
        ({"kind": "command", "command": "echo nothing"}, account),
        ({"kind": "command", "command": "true"}, account),
        ({"kind": "command", "command": "true"}, broken),
        ({"kind": "script", "script": loud}, account),
        ({"kind": "script", "script": quiet}, account),
        ({"kind": "script", "script": "true"}, broken),
    ):
        yield detection.detect(rule, whose).detail
    yield f"The detection script gave no answer: {shell.ask('sleep 5', account, limit=0.01).errors}."
    yield f"app --version: {shell.ask('sleep 5', account, limit=0.01).errors}."


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
    yield f"Detection gave no answer: {raised.value}."


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
        (Outcome(True, 5), "failure"),
    ):
        yield running._judge(outcome_, meaning, after, 0.5)[1]
    told = []
    with pytest.raises(steps.Later):
        step(tmp_path, work={"tries": 3}, told=told)._again_later(Outcome(True, 1618))
    yield from told


def test_the_console_understands_every_sentence_of_the_client(tmp_path, programs, monkeypatch):
    """And no sentence in the client's code is left out here: a new one fails until it is said, understood and Dutch."""
    said = [*of_packages(programs)]
    monkeypatch.undo()  # programs are found again
    said += [*of_detection(tmp_path), *of_requirements(), *of_the_choice(monkeypatch), *of_a_step(tmp_path)]
    assert all(said)
    with override("nl"):
        # where nothing in a sentence can be translated, it is told as it came, but for its full stop
        english = [detail for detail in said if prose(translated(detail)) == prose(detail)]
    assert english == []
    everything = "\n".join(said).lower()
    assert [words for words in texts_of_the_client() if words.lower() not in everything] == []


def texts_of_the_client():
    """The fixed parts, of two words or more, of the texts in its code; not those that it writes in its log."""
    for name in FILES:
        tree = ast.parse((CLIENT / name).read_text())
        unsaid = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # a docstring
                unsaid.add(node.value)
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
                unsaid.update(ast.walk(node))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in unsaid:
                words = node.value.strip(" .:")
                if re.fullmatch(r"[\w,;: -]*[a-z] [\w,;: -]*", words):
                    yield words


def test_the_words_of_the_client_that_were_found():
    found = list(texts_of_the_client())
    assert "does not exist" in found
    assert len(found) > 20
    assert UNKNOWN not in found
    assert NOT_INSTALLED not in found
