"""Settings that are right are read; those that are wrong are told in one sentence that names the setting."""

import pytest

from console.configuration.environment import Environment, WrongSetting, read_file


def test_a_file_gives_its_lines(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# a comment\n\nA=1\nexport B = two words \nC='it=quoted'\nD=\n")
    assert read_file(file) == {"A": "1", "B": "two words", "C": "it=quoted", "D": ""}


def test_no_file_gives_nothing(tmp_path):
    assert read_file(tmp_path / "missing") == {}


@pytest.mark.parametrize("line", ["just words", "1A=2", "A B=1", "=1", "A='open", 'A="'])
def test_a_broken_line_is_named_by_its_number(tmp_path, line):
    file = tmp_path / ".env"
    file.write_text(f"GOOD=1\n{line}\n")
    with pytest.raises(WrongSetting, match="line 2"):
        read_file(file)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    file = tmp_path / ".env"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WrongSetting, match="cannot be read"):
        read_file(file)


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("1", True), ("TRUE", True), ("no", False), ("off", False)])
def test_a_flag(text, value):
    assert Environment({"A": text}).flag("A", not value) is value


def test_a_flag_that_is_neither_is_refused():
    with pytest.raises(WrongSetting, match="A is “maybe”; say yes or no"):
        Environment({"A": "maybe"}).flag("A")


@pytest.mark.parametrize("text", ["x", "0", "11", "1.5", "-1"])
def test_a_number_outside_its_bounds_is_refused(text):
    with pytest.raises(WrongSetting, match="whole number from 1 to 10"):
        Environment({"A": text}).number("A", 5, least=1, most=10)


def test_an_empty_setting_is_as_good_as_none():
    empty = Environment({"A": "", "B": "  "})
    assert (empty.number("A", 5), empty.flag("B", True), empty.text("B", "x"), empty.names("A")) == (5, True, "x", [])


@pytest.mark.parametrize(
    "text", ["ftp://x", "localhost:6379", "redis://", "redis://host:port", "redis://host:0", "unix://"]
)
def test_an_address_of_another_kind_is_refused_without_showing_it(text):
    with pytest.raises(WrongSetting) as refusal:
        Environment({"A": text}).address("A", "", {"redis", "unix"})
    assert text not in str(refusal.value).replace("redis:// or unix://", "")


@pytest.mark.parametrize("text", ["redis://:secret@host:6379/1", "unix:///run/redis.sock"])
def test_an_address(text):
    assert Environment({"A": text}).address("A", "", {"redis", "unix"}) == text


def test_without_a_database_address_there_is_sqlite_that_waits_its_turn(tmp_path):
    database = Environment({}).database(tmp_path / "db", pool=10)
    assert database["NAME"] == str(tmp_path / "db")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_a_postgresql_address(tmp_path):
    address = "postgres://koppel:p%40ss@db.example:5433/kop?sslmode=require"
    database = Environment({"DATABASE_URL": address}).database(tmp_path, pool=3)
    assert (database["ENGINE"], database["NAME"]) == ("django.db.backends.postgresql", "kop")
    assert (database["USER"], database["PASSWORD"]) == ("koppel", "p@ss")
    assert (database["HOST"], database["PORT"]) == ("db.example", "5433")
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]["max_size"] == 3


def test_postgresql_on_a_unix_socket_without_a_pool(tmp_path):
    address = "postgresql://koppel@/koppel?host=/run/postgresql&port=5544"
    database = Environment({"DATABASE_URL": address}).database(tmp_path, pool=0)
    assert (database["HOST"], database["PORT"], database["OPTIONS"]) == (
        "/run/postgresql",
        "5544",
        {"options": "-c jit=off"},
    )


def test_an_sqlite_address(tmp_path):
    assert (
        Environment({"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}).database(tmp_path, 0)["NAME"] == f"{tmp_path}/x.db"
    )


@pytest.mark.parametrize(
    "text", ["mysql://a/b", "postgres://host", "postgres://host:port/name", "sqlite://", "sqlite://x/y", "nonsense"]
)
def test_a_database_address_of_another_kind_is_refused(tmp_path, text):
    with pytest.raises(WrongSetting, match="DATABASE_URL is not of the form"):
        Environment({"DATABASE_URL": text}).database(tmp_path, 0)
