"""Version numbers: found in a text, compared as Debian does and as people expect."""

import re
import shutil
import subprocess

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from client.look.versions import at_least, first_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GIMP 3.0.6 (rev 2)", "3.0.6"),
        ("7-Zip 24.08 (x64)", "24.08"),
        ("tree v2.1.0 © 1996 - 2022", "2.1.0"),
        ("libx86_64 tool, version 12", "12"),
        ("gcc (Debian 12.2.0-14+deb12u1) 12.2.0", "12.2.0-14+deb12u1"),
        ("1.0~rc1", "1.0~rc1"),
        ("Version: 10.", "10"),
        ("none", ""),
        ("", ""),
    ],
)
def test_the_first_version_in_a_text(text, expected):
    assert first_in(text) == expected


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        ("3.0.6", "3.0.6", True),
        ("3.0.10", "3.0.6", True),
        ("3.0.5", "3.0.6", False),
        ("3.0", "3.0.0", True),
        ("3", "3.0", True),
        ("3.0.0", "3", True),
        ("3.0~rc1", "3.0", False),
        ("3.0.6-2", "3.0.6", True),
        ("3.0.6-2", "3.0.6-3", False),
        ("2:9.0.1378-2", "9.1", False),
        ("2:9.0.1378-2", "9.0", True),
        ("9.0", "1:8.0", False),
        ("24.08", "24.8", True),
        ("1.0a", "1.0", True),
        ("1.0+b1-1", "1.0-1", True),
    ],
)
def test_at_least(found, wanted, expected):
    assert at_least(found, wanted) is expected


version = st.from_regex(r"([0-9]:)?[0-9]{1,2}(\.[0-9]{1,2}|[a-z+~]|\.[a-z]){0,4}(-[0-9]{1,2})?", fullmatch=True)


@pytest.mark.skipif(not shutil.which("dpkg"), reason="there is no dpkg here")
@settings(max_examples=80, deadline=None)
@given(version, version)
@example("1.0-1", "1.0")
@example("1.2.3~~a", "1.2.3~")
@example("0", "0-0")
@example("1", "0~-0~")
def test_it_is_dpkgs_order_where_people_expect_nothing_else(found, wanted):
    if ":" not in wanted:
        found = found.split(":")[-1]
    assume(not re.search(r"\.0+(-|$)", wanted))
    answer = subprocess.run(["dpkg", "--compare-versions", found, "ge", wanted], capture_output=True)
    assert at_least(found, wanted) is (answer.returncode == 0)
