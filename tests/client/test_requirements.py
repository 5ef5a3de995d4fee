"""Each kind of requirement holds, or says what is needed and what was found (R25)."""

import platform

import pytest

from client.platforms import own_account
from client.requirements import unmet


@pytest.mark.parametrize(
    "requirement",
    [
        {"kind": "memory_mb", "at_least": 1},
        {"kind": "disk_mb", "at_least": 0},
        {"kind": "platform", "in": ["windows", "linux"]},
        {"kind": "os", "matches": "*"},
        {"kind": "architecture", "in": [platform.machine()]},
        {"kind": "architecture", "in": ["AMD64", "arm64"]},
        {"kind": "script", "script": "exit 0"},
    ],
)
def test_what_holds(requirement):
    assert unmet([requirement], own_account()) == ""


@pytest.mark.parametrize(
    ("requirement", "sentence"),
    [
        ({"kind": "memory_mb", "at_least": 10**9}, "memory_mb: at least 1000000000 is needed, "),
        ({"kind": "disk_mb", "at_least": 10**12}, "disk_mb: at least 1000000000000 is needed, "),
        ({"kind": "platform", "in": ["windows", "macos"]}, "platform: windows or macos is needed, this is linux."),
        ({"kind": "os", "matches": "Plan 9*"}, "os: Plan 9* is needed, this is "),
        ({"kind": "architecture", "in": ["vax"]}, "architecture: vax is needed, this is "),
        ({"kind": "script", "script": "echo no room; exit 3"}, "script: the script ended with exit code 3: no room."),
        ({"kind": "moon"}, "This client knows no requirement 'moon'."),
        ({"kind": "memory_mb"}, "memory_mb: the requirement is not complete: 'at_least'."),
        ({"kind": "memory_mb", "at_least": "much"}, "memory_mb: the requirement is not complete: "),
    ],
)
def test_what_does_not_hold_says_why(requirement, sentence):
    fine = {"kind": "os", "matches": "*"}
    assert unmet([fine, requirement], own_account()).startswith(sentence)


def test_nothing_required_holds():
    assert unmet([], own_account()) == ""
