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
        # glued to a name, and not that of a library named behind it
        ("OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.15 3 Sep 2024", "9.2p1"),
        ("OpenSSH_2.9p1, OpenSSL 3.0.15 3 Sep 2024", "2.9p1"),
        ("go version go1.21.5 linux/amd64", "1.21.5"),
        ("ffmpeg version n6.1 Copyright (c) 2000-2023 the FFmpeg developers", "6.1"),
        ("curl 8.5.0 (x86_64-pc-linux-gnu) libcurl/8.5.0 OpenSSL/3.0.13 zlib/1.3", "8.5.0"),
        ("Python-3.11.7", "3.11.7"),
        ("jq-1.6", "1.6"),
        # neither a year nor an architecture
        ("Copyright (c) 2024 Somebody\nTool version 3", "3"),
        ("© 2023 Somebody\nTool 12 for x86_64", "12"),
        ("Copyright 2024 Somebody", ""),
        # as Windows writes four numbers, and as terminals colour them
        ("10, 0, 19041, 1", "10.0.19041.1"),
        ("FileVersion: 6,1,7601,17514", "6.1.7601.17514"),
        ("\x1b[1;32mtool\x1b[0m 4.2.0\x1b[K", "4.2.0"),
        ("tool 2.0.0-rc.1", "2.0.0-rc.1"),
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
        # what comes before a release is not the release; a letter behind it is a patch
        ("2.0.0-rc.1", "2.0.0", False),
        ("2.0.0rc1", "2.0.0", False),
        ("2.0.0-beta", "2.0.0", False),
        ("3.13.0a2", "3.13.0", False),
        ("3.13.0b1", "3.13.0a2", True),
        ("2.0.0.dev5", "2.0.0", False),
        ("2.0.0-SNAPSHOT", "2.0.0-alpha", False),
        ("2.0.0-rc.1", "2.0.0-rc.1", True),
        ("2.0.1-rc.1", "2.0.0", True),
        ("1.1.1b", "1.1.1", True),
        ("9.2p1", "9.0", True),
        ("9.2p1", "9.2", True),
        ("2.9p1", "3.0", False),
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
    assert at_least(found, wanted, packaged=True) is (answer.returncode == 0)
