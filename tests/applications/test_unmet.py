"""What a client says of a requirement, as a sentence (R8)."""

import pytest
from django.utils.translation import override

from applications.sentences import outcome
from applications.unmet import unmet


@pytest.mark.parametrize(
    ("detail", "sentence"),
    [
        ("memory_mb: at least 32768 is needed, 16000 was found.", "Needs 32 GB memory; this device has 15.6 GB"),
        ("disk_mb: at least 900 is needed, 12 was found.", "Needs 900 MB free on the disk; this device has 12 MB"),
        ("os: Windows 11* is needed, this is Debian 12.", "Needs Windows 11*; this device has Debian 12"),
        ("platform: linux or macos is needed, this is windows.", "Needs linux or macos; this device has windows"),
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


def test_r8_in_dutch_too():
    with override("nl"):
        said = unmet("memory_mb: at least 32768 is needed, 16000 was found.")
    assert said == "Heeft 32 GB geheugen nodig; dit apparaat heeft 15,6 GB"
