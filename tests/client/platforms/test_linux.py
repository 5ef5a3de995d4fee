"""The facts about this machine, and who is signed in on it."""

import os

import pytest

from client.platforms import here, linux


def test_the_facts_of_this_machine():
    facts = here.facts()
    assert facts["platform"] == "linux"
    assert facts["memory_mb"] > 100
    assert facts["time_zone"]


@pytest.fixture(autouse=True)
def sessions(monkeypatch, tmp_path):
    """The file in which this system notes sessions."""
    noted = tmp_path / "utmp"
    noted.touch()
    monkeypatch.setattr(linux, "SESSIONS", (noted, tmp_path / "none"))
    monkeypatch.setattr(linux, "_seen", {})
    return noted


def test_nobody_is_asked_again_while_nothing_changed(monkeypatch, tmp_path, sessions):
    asked = tmp_path / "asked"
    (tmp_path / "who").write_text(f"#!/bin/sh\necho x >> {asked}\necho j.visser tty2\n")
    (tmp_path / "who").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for _ in range(3):
        assert linux.signed_in() == ["j.visser"]
    assert asked.read_text().count("x") == 1
    os.utime(sessions, ns=(1, 1))
    assert linux.signed_in() == ["j.visser"]
    assert asked.read_text().count("x") == 2
    sessions.unlink()
    linux.signed_in()
    linux.signed_in()
    assert asked.read_text().count("x") == 4, "where the system notes nothing, it is asked each time"


def test_persons_come_from_who(monkeypatch, tmp_path):
    (tmp_path / "who").write_text(
        "#!/bin/sh\necho 'j.visser tty2 2026-11-20 10:00'\necho 'a.ali :0 2026-11-20 09:00 (:0)'\n"
    )
    (tmp_path / "who").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert linux.signed_in() == ["a.ali", "j.visser"]


def test_persons_come_from_loginctl_when_who_knows_nobody(monkeypatch, tmp_path):
    (tmp_path / "who").write_text("#!/bin/sh\n")
    (tmp_path / "loginctl").write_text(
        "#!/bin/sh\necho ' 3 1000 j.visser seat0 tty2 active no -'\necho 'c1 115 gdm seat0 tty1'\n"
    )
    for name in ("who", "loginctl"):
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert linux.signed_in() == ["j.visser"]
