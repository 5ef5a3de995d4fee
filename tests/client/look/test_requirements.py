"""Each kind of requirement holds, or says what is needed and what was found (R25)."""

import platform

import pytest

from client.details import FACTS
from client.look.requirements import unmet
from client.platforms import own_account


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
    assert unmet([requirement], own_account()) is None


@pytest.mark.parametrize(
    ("requirement", "code", "facts"),
    [
        ({"kind": "memory_mb", "at_least": 10**9}, "needs_memory", {"needed_mb": 10**9}),
        ({"kind": "disk_mb", "at_least": 10**12}, "needs_disk", {"needed_mb": 10**12}),
        (
            {"kind": "platform", "in": ["windows", "macos"]},
            "needs_platform",
            {"platforms": ["windows", "macos"], "found": "linux"},
        ),
        ({"kind": "os", "matches": "Plan 9*"}, "needs_os", {"needed": "Plan 9*"}),
        ({"kind": "architecture", "in": ["vax"]}, "needs_architecture", {"architectures": ["vax"]}),
        (
            {"kind": "script", "script": "echo no room; exit 3"},
            "requirement_script_exit_code",
            {"exit_code": 3, "output": "no room"},
        ),
        ({"kind": "moon"}, "requirement_kind_unknown", {"kind": "moon"}),
        ({"kind": "memory_mb"}, "requirement_incomplete", {"kind": "memory_mb", "error": "'at_least'"}),
        ({"kind": "memory_mb", "at_least": "much"}, "requirement_incomplete", {"kind": "memory_mb"}),
    ],
)
def test_what_does_not_hold_says_why(requirement, code, facts):
    fine = {"kind": "os", "matches": "*"}
    told = unmet([fine, requirement], own_account())
    assert told["code"] == code
    assert facts.items() <= told["facts"].items()
    assert set(told["facts"]) == set(FACTS[code])


def test_nothing_required_holds():
    assert unmet([], own_account()) is None
