"""Detection rules and requirements: every kind of the protocol, and what is wrong with what is not in order (R25)."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from applications.rules.definitions import (
    DETECTION,
    MAX_REQUIREMENTS,
    REQUIREMENT,
    detection_problems,
    requirement_problems,
    requirements_problems,
)
from client.look.detection import KINDS as CLIENT_DETECTION
from client.look.requirements import KINDS as CLIENT_REQUIREMENTS
from console.demo.software import SOFTWARE

GOOD = [
    {"kind": "file", "path": "/usr/bin/gimp"},
    {"kind": "file", "path": "~/.config/gimp"},
    {"kind": "file", "path": "$HOME/gimp", "version": "3.0.6"},
    {"kind": "file", "path": r"%ProgramFiles%\GIMP 3\bin\gimp.exe"},
    {"kind": "file", "path": r"C:\GIMP\gimp.exe"},
    {"kind": "file", "path": r"\\server\share\gimp.exe"},
    {"kind": "package", "name": "gimp"},
    {"kind": "package", "name": "gimp", "version": "1:3.0.6-2+b1"},
    {"kind": "command", "command": "gimp --version", "version": "3.0.6"},
    {"kind": "script", "script": "test -x /usr/bin/gimp && echo yes"},
]
BAD = [
    (None, "Choose how"),
    ([], "Choose how"),
    ({}, "Choose how"),
    ({"kind": "registry", "path": "x"}, "Choose how"),
    ({"kind": ["file"]}, "Choose how"),
    ({"kind": "file"}, "Say the path"),
    ({"kind": "file", "path": " "}, "Say the path"),
    ({"kind": "file", "path": 3}, "Say the path"),
    ({"kind": "file", "path": "bin/gimp"}, "begins at the root"),
    ({"kind": "file", "path": "/usr/bin/\ngimp"}, "one line"),
    ({"kind": "file", "path": "/" * 2000}, "at most 1000"),
    ({"kind": "file", "path": "/usr/bin/gimp", "version": "newest"}, "“newest” is not a version"),
    ({"kind": "file", "path": "/usr/bin/gimp", "version": ""}, "Say the version"),
    ({"kind": "file", "path": "/usr/bin/gimp", "version": "3 0"}, "is not a version"),
    ({"kind": "file", "path": "/usr/bin/gimp", "name": "gimp"}, "“name” does not belong"),
    ({"kind": "package"}, "Say the name"),
    ({"kind": "package", "name": "--admindir=/tmp"}, "is not the name of a package"),
    ({"kind": "command", "command": "gimp --version"}, "Say the version"),
    ({"kind": "command", "version": "3"}, "Say the command"),
    ({"kind": "script", "script": ""}, "Write the script"),
    ({"kind": "script", "script": "x" * 30_000}, "at most 20000"),
]


@pytest.mark.parametrize("rule", GOOD, ids=str)
def test_a_detection_rule_that_is_in_order(rule):
    assert detection_problems(rule) == []


@pytest.mark.parametrize(("rule", "said"), BAD, ids=lambda part: str(part)[:40])
def test_a_detection_rule_that_is_not_says_why(rule, said):
    assert said in " ".join(str(problem) for problem in detection_problems(rule))


@pytest.mark.parametrize(
    "requirement",
    [
        {"kind": "memory_mb", "at_least": 4096},
        {"kind": "disk_mb", "at_least": 1},
        {"kind": "platform", "in": ["linux", "macos"]},
        {"kind": "os", "matches": "Debian*"},
        {"kind": "architecture", "in": ["x86_64"]},
        {"kind": "script", "script": "exit 0"},
    ],
    ids=str,
)
def test_a_requirement_that_is_in_order(requirement):
    assert requirement_problems(requirement) == []
    assert requirements_problems([requirement]) == []


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        ("memory", "Choose what"),
        ({"kind": "cpu"}, "Choose what"),
        ({"kind": "memory_mb"}, "how many megabytes"),
        ({"kind": "memory_mb", "at_least": 0}, "how many megabytes"),
        ({"kind": "memory_mb", "at_least": True}, "how many megabytes"),
        ({"kind": "memory_mb", "at_least": "4096"}, "how many megabytes"),
        ({"kind": "disk_mb", "at_least": 10**12}, "how many megabytes"),
        ({"kind": "platform", "in": []}, "at least one platform"),
        ({"kind": "platform", "in": ["beos"]}, "“beos” is not a platform"),
        ({"kind": "os", "matches": ""}, "which operating systems"),
        ({"kind": "architecture", "in": []}, "at least one architecture"),
        ({"kind": "architecture", "in": ["x86 64"]}, "is not the name of an architecture"),
        ({"kind": "script"}, "Write the script"),
    ],
    ids=lambda part: str(part)[:40],
)
def test_a_requirement_that_is_not_says_why(requirement, said):
    assert said in " ".join(str(problem) for problem in requirement_problems(requirement))


def test_a_requirement_that_the_deployment_type_can_never_meet_is_refused():
    (problem,) = requirement_problems({"kind": "platform", "in": ["windows"]}, "linux")
    assert "would never hold" in str(problem)
    assert requirement_problems({"kind": "platform", "in": ["windows"]}, "any") == []


def test_a_windows_program_is_a_package_by_its_name_in_the_list_but_a_linux_package_has_no_spaces():
    rule = {"kind": "package", "name": "GIMP 3.0.6"}
    assert detection_problems(rule, "windows") == []
    assert detection_problems(rule, "linux")


def test_there_are_not_too_many_requirements():
    assert "at most" in str(requirements_problems([{"kind": "os", "matches": "*"}] * (MAX_REQUIREMENTS + 1))[0])
    assert "a list" in str(requirements_problems({"kind": "os"})[0])


def test_the_kinds_are_those_of_the_protocol_and_of_the_client():
    assert set(DETECTION) == set(CLIENT_DETECTION)
    assert set(REQUIREMENT) == set(CLIENT_REQUIREMENTS)
    protocol = (Path(settings.BASE_DIR) / "docs/protocol.md").read_text()
    for name, kinds in (("detection", DETECTION), ("requirements", REQUIREMENT)):
        line = re.search(rf"- `{name}` kinds:(.*?)\n- ", protocol, re.S).group(1)
        said = {
            kind for kinds in re.findall(r'"kind": ("\w+"(?: \| "\w+")*)', line) for kind in re.findall(r"\w+", kinds)
        }
        assert said == set(kinds)


def test_the_demo_keeps_to_it():
    for software in SOFTWARE:
        for each in software.types:
            for platform in each.platforms:
                assert detection_problems(each.detection, platform) == []
                assert requirements_problems(list(each.requirements), platform) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "path", "in", "x"]), inner),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["", *DETECTION, *REQUIREMENT]))
def test_whatever_is_written_gets_an_answer_in_whole_sentences(value, kind):
    values = [value, {**value, "kind": kind}] if isinstance(value, dict) else [value]
    for rule in values:
        for problem in [*detection_problems(rule), *requirement_problems(rule), *requirements_problems([rule])]:
            assert str(problem)[-1] in ".…\\"
