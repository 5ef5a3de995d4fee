"""Each kind of detection: installed, not installed, or unknown, and never a guess (R9, R26)."""

import os
import shutil
from pathlib import Path

import pytest

from client.look.detection import detect, expand
from client.platforms import Account, own_account
from client.system import shell

needs_dpkg = pytest.mark.skipif(not shutil.which("dpkg-query"), reason="there is no dpkg here")


@pytest.fixture
def account(tmp_path):
    mine = own_account()
    return Account(
        "j.visser", str(tmp_path), {**mine.environment, "HOME": str(tmp_path), "PLACE": "here"}, str(tmp_path)
    )


def found(account, **rule):
    return detect(rule, account).state


def test_a_file(account, tmp_path):
    assert found(account, kind="file", path="~/here/app") == "not_installed"
    (tmp_path / "here").mkdir()
    (tmp_path / "here/app").touch()
    for path in (
        "~/here/app",
        "$HOME/here/app",
        "${HOME}/$PLACE/app",
        str(tmp_path / "here/app"),
        str(tmp_path / "here"),
    ):
        assert found(account, kind="file", path=path) == "installed", path
    assert found(account, kind="file", path="~/here/app/below") == "not_installed"
    assert found(account, kind="file", path="$NOTHING/app") == "not_installed"
    assert found(account, kind="file", path="\0") == "unknown"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"2.0.0\n", "installed"),
        (b"Example version 2.1 (build 5)\n", "installed"),
        (b"1.9.9\n2.5\n", "not_installed"),
        (b"no number\n", "unknown"),
        (b"", "unknown"),
        (b"\xff\xfe 2.0.1", "installed"),
        ("2.1.3\r\n1.0".encode("utf-16"), "installed"),
        ("1.2.3".encode("utf-16"), "not_installed"),  # never half a number
        ("2.1.3".encode("utf-16-be"), "installed"),
        ("1.2.3".encode("utf-16-le"), "not_installed"),
        (b"\xef\xbb\xbf2.1.3", "installed"),
    ],
)
def test_a_file_with_a_version(account, tmp_path, content, expected):
    (tmp_path / "VERSION").write_bytes(content)
    assert found(account, kind="file", path="~/VERSION", version="2.0.0") == expected


def test_a_folder_has_no_version(account):
    assert found(account, kind="file", path="~", version="1") == "unknown"


@needs_dpkg
def test_a_package(account):
    state, version, _ = detect({"kind": "package", "name": "dpkg"}, account)
    assert (state, version[0].isdigit()) == ("installed", True)
    assert found(account, kind="package", name="dpkg", version="1.0") == "installed"
    assert found(account, kind="package", name="dpkg", version="99") == "not_installed"
    assert found(account, kind="package", name="koppel-no-such-package") == "not_installed"
    for name in ("--help", "", "a b", "*", "$(id)"):
        assert found(account, kind="package", name=name) == "unknown", name


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo Example 3.0.6", "installed"),
        ("echo Example v3.1 >&2", "installed"),
        ("echo Example 2.9", "not_installed"),
        ("koppel-no-such-command --version", "not_installed"),
        ("echo nothing", "unknown"),
        ("echo 3.1; exit 1", "unknown"),
        ("kill -9 $$", "unknown"),
    ],
)
def test_a_command(account, command, expected):
    assert found(account, kind="command", command=command, version="3.0.6") == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo yes", "installed"),
        ("true", "not_installed"),
        ("printf ' \\n'", "not_installed"),
        ("echo broken; exit 1", "unknown"),
        ("exit 127", "unknown"),
        ("kill -9 $$", "unknown"),
        ("echo complaint >&2", "unknown"),
        ("echo yes; echo complaint >&2", "installed"),
    ],
)
def test_a_script(account, script, expected):
    assert found(account, kind="script", script=script) == expected


def test_a_script_that_fails_shows_its_output(account):
    told = detect({"kind": "script", "script": "echo broken; exit 4"}, account).detail
    assert told == {"code": "script_exit_code", "facts": {"exit_code": 4, "output": "broken"}}


def test_a_script_that_takes_too_long_is_ended_with_all_it_started(account, monkeypatch):
    monkeypatch.setattr("client.system.shell.ask.__defaults__", (0.2,))
    detection = detect({"kind": "script", "script": "sleep 60 & sleep 60"}, account)
    assert (detection.state, detection.detail["facts"]["cause"]["code"]) == ("unknown", "took_too_long")


def test_a_script_may_print_more_than_is_held(account):
    assert found(account, kind="script", script="yes | head -c 50000000") == "installed"


@pytest.mark.parametrize(
    "rule", [{}, {"kind": "magic"}, {"kind": "file"}, {"kind": "script", "script": 5}, {"kind": "file", "path": 5}]
)
def test_a_rule_that_makes_no_sense_is_unknown_and_says_so(account, rule):
    detection = detect(rule, account)
    assert (detection.state, bool(detection.detail)) == ("unknown", True)


def test_names_are_filled_in_from_the_account_alone(account):
    assert expand("~other/$HOMER/$1/a$", account) == "~other/$HOMER/$1/a$"


def test_a_named_pipe_is_never_waited_for(account, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert detect({"kind": "file", "path": str(tmp_path / "pipe"), "version": "1"}, account) == (
        "unknown",
        "",
        {"code": "detection_no_answer", "facts": {"cause": {
            "code": "file_not_regular", "facts": {"path": str(tmp_path / "pipe")}}}},
    )  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for others")
class TestAsRoot:
    @pytest.fixture
    def secret(self, tmp_path):
        (tmp_path / "secret").write_text("9.9.9\n")
        (tmp_path / "secret").chmod(0o600)
        return tmp_path / "secret"

    @pytest.fixture
    def nobody(self, tmp_path):
        tmp_path.chmod(0o755)
        for folder in tmp_path.parents:
            if folder != Path("/") and not folder.stat().st_mode & 0o001:
                folder.chmod(folder.stat().st_mode | 0o011)
        home = tmp_path / "home"
        home.mkdir()
        os.chown(home, 65534, 65534)
        rights = {"user": 65534, "group": 65534, "extra_groups": []}
        return Account("nobody", str(home), own_account().environment | {"HOME": str(home)}, "/", rights)

    def test_a_file_is_read_with_the_rights_of_whom_it_looks_for(self, secret, nobody):
        rule = {"kind": "file", "path": "~/VERSION", "version": "1"}
        (Path(nobody.home) / "VERSION").symlink_to(secret)
        assert detect(rule, nobody).version == ""
        assert detect(rule, nobody).state == "unknown"
        (Path(nobody.home) / "VERSION").unlink()
        (Path(nobody.home) / "VERSION").write_text("2.0\n")
        assert detect(rule, nobody)[:2] == ("installed", "2.0")

    def test_a_link_that_a_person_planted_is_not_followed_for_the_system(self, secret, nobody):
        link = Path(nobody.home) / "VERSION"
        link.symlink_to(secret)
        os.chown(link, 65534, 65534, follow_symlinks=False)
        rule = {"kind": "file", "path": str(link), "version": "1"}
        assert detect(rule, own_account()).state == "unknown"
        assert detect(rule, own_account()).version == ""
        mine = secret.parent / "mine"
        mine.symlink_to(secret)
        assert detect(rule | {"path": str(mine)}, own_account())[:2] == ("installed", "9.9.9")

    def test_what_is_put_in_the_place_of_a_folder_before_it_is_opened_is_not_read(self, secret, nobody, monkeypatch):
        home, really_open = Path(nobody.home), os.open
        (home / "mine").mkdir()
        (home / "mine" / "secret").write_text("1.0\n")

        def exchanged(path, *how, **where):
            """Somebody is quick: what was a folder when it was looked at is a link when it is opened."""
            if "mine" in str(path) and not (home / "kept").exists():
                (home / "mine").rename(home / "kept")
                (home / "mine").symlink_to(secret.parent)
                os.chown(home / "mine", 65534, 65534, follow_symlinks=False)
            return really_open(path, *how, **where)

        monkeypatch.setattr("os.open", exchanged)
        detection = detect({"kind": "file", "path": str(home / "mine" / "secret"), "version": "1"}, own_account())
        assert (detection.state, detection.version, (home / "kept").exists()) == ("unknown", "", True)


def test_commands_get_a_clean_environment(account, monkeypatch):
    """Never the client's or the console's: their keys, or what changes how a program behaves."""
    for name in ("KOPPEL_SECRET_KEY", "DATABASE_URL", "REDIS_URL", "LD_PRELOAD", "PYTHONPATH", "ANYTHING"):
        monkeypatch.setenv(name, "planted")
    answer = shell.ask("env", own_account())
    assert "planted" not in answer.all
    assert "PATH=" in answer.all
