"""Nothing that should stay secret is logged."""

import logging
import logging.config

import pytest

from console.configuration.logs import MAX_REFUSALS, Strangers, configuration, hide_in, hide_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def-123 refused", "Authorization: Bearer [hidden] refused"),
        ("postgres://koppel:geheim@db/koppel", "postgres://[hidden]@db/koppel"),
        ("GET /enrol?token=abc123&x=1", "GET /enrol?token=[hidden]&x=1"),
        ("an ordinary line, at 12:30", "an ordinary line, at 12:30"),
    ],
)
def test_credentials_inside_a_text_are_hidden(text, shown):
    assert hide_in(text) == shown


@pytest.mark.parametrize(
    "name", ["Authorization", "HTTP_AUTHORIZATION", "password", "secret_hash", "enrolment_token", "cookie"]
)
def test_values_with_a_secret_name_are_hidden(name):
    assert hide_secrets(None, "info", {name: "abc", "event": "x"}) == {name: "[hidden]", "event": "x"}


@pytest.mark.parametrize("as_json", [True, False])
def test_a_secret_in_an_exception_is_hidden_too(as_json, capsys):
    found = configuration("INFO", as_json)
    formatter = found["formatters"]["line"]
    line = formatter["()"](**{name: value for name, value in formatter.items() if name != "()"})
    try:
        raise ValueError("redis://user:geheim@host is down")
    except ValueError as error:
        record = logging.LogRecord(
            "koppel", logging.ERROR, __file__, 1, "Bearer abc failed", (), (ValueError, error, None)
        )
    text = line.format(record)
    assert "geheim" not in text
    assert "abc" not in text
    assert "ValueError" in text


def test_strangers_cannot_fill_the_log_and_errors_are_all_in_it():
    strangers = Strangers()

    def said(name, level, status, times=100):
        record = logging.LogRecord(name, level, __file__, 1, "Not Found: %s", ("/x",), None)
        record.status_code = status
        return sum(bool(strangers.filter(record)) for _ in range(times))

    assert said("django.request", logging.WARNING, 404) == MAX_REFUSALS
    assert said("django.request", logging.WARNING, 401) == MAX_REFUSALS, "one kind leaves room for another"
    assert said("django.security.csrf", logging.WARNING, 403) == MAX_REFUSALS
    assert said("django.request", logging.ERROR, 500) == 100
    assert said("devices.presence.push", logging.WARNING, None) == 100
    strangers.minute -= 1
    assert said("django.request", logging.WARNING, 404) == MAX_REFUSALS, "the next minute is another"


def test_every_line_passes_the_limit():
    found = configuration("INFO", as_json=False)
    assert found["handlers"]["stderr"]["filters"] == ["strangers"]
