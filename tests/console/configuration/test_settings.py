"""A wrong setting stops the start with one sentence and exit code 2, never with a traceback."""

import os
import subprocess
import sys

import pytest

from console.configuration.environment import ROOT

GOOD = {
    "KOPPEL_SECRET_KEY": "k" * 40,
    "KOPPEL_ALLOWED_HOSTS": "koppel.example",
    "KOPPEL_URL": "https://koppel.example",
}
SHOW = "from django.conf import settings as s; print(repr([{}]))"


def manage(tmp_path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("KOPPEL_", "DJANGO_"))}
    own.pop("DATABASE_URL", None)
    own |= {"KOPPEL_ENV_FILE": str(tmp_path / ".env"), "KOPPEL_DATA": str(tmp_path), **settings}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=own, capture_output=True, text=True, timeout=60
    )


def show(tmp_path, names: str, **settings: str) -> list:
    listed = ", ".join(f"s.{name}" for name in names.split())
    answer = manage(tmp_path, "shell", "--no-imports", "--command", SHOW.format(listed), **settings)
    assert answer.returncode == 0, answer.stderr
    return eval(answer.stdout)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"KOPPEL_SECRET_KEY": ""}, "KOPPEL_SECRET_KEY is missing"),
        ({"KOPPEL_SECRET_KEY": "short"}, "KOPPEL_SECRET_KEY is too short"),
        ({"KOPPEL_ALLOWED_HOSTS": " , "}, "KOPPEL_ALLOWED_HOSTS is missing"),
        ({"KOPPEL_DEBUG": "perhaps"}, "KOPPEL_DEBUG is “perhaps”; say yes or no"),
        ({"KOPPEL_TIME_ZONE": "Amsterdam"}, "KOPPEL_TIME_ZONE is “Amsterdam”, which is no time zone"),
        ({"KOPPEL_SWEEP_SECONDS": "soon"}, "KOPPEL_SWEEP_SECONDS is “soon”; it must be a whole number"),
        ({"KOPPEL_URL": "koppel.example"}, "KOPPEL_URL is not an address"),
        ({"KOPPEL_OIDC_ISSUER": "https://login.example"}, "KOPPEL_OIDC_ISSUER needs KOPPEL_OIDC_CLIENT_ID"),
        ({"KOPPEL_LOG_LEVEL": "loud"}, "KOPPEL_LOG_LEVEL is “LOUD”"),
        ({"REDIS_URL": "http://x"}, "REDIS_URL is not an address that begins with redis:// or rediss:// or unix://"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL is not of the form"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path, settings, sentence):
    answer = manage(tmp_path, "check", **(GOOD | settings))
    assert answer.returncode == 2
    assert answer.stderr.startswith(sentence)
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.stderr


def test_a_broken_env_file_is_one_sentence(tmp_path):
    (tmp_path / ".env").write_text("KOPPEL_DEBUG\n")
    answer = manage(tmp_path, "check")
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
    assert f"{tmp_path / '.env'}, line 1 is not of the form NAME=value" in answer.stderr


def test_the_environment_goes_before_the_env_file(tmp_path):
    (tmp_path / ".env").write_text("KOPPEL_TIME_ZONE=Europe/Paris\nKOPPEL_SWEEP_SECONDS=7\n")
    found = show(tmp_path, "TIME_ZONE KOPPEL_SWEEP_SECONDS", **GOOD, KOPPEL_TIME_ZONE="Europe/Amsterdam")
    assert found == ["Europe/Amsterdam", 7]


def test_in_production_cookies_are_secure_and_http_goes_to_https(tmp_path):
    names = "DEBUG SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS"
    assert show(tmp_path, names, **GOOD) == [False, True, True, True, 31536000]


def test_plain_http_must_be_asked_for(tmp_path):
    names = "DEBUG SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS"
    assert show(tmp_path, names, **GOOD, KOPPEL_HTTP="yes") == [False, False, False, False, 0]


def test_manage_works_on_the_data_of_make_run_but_only_by_hand(tmp_path):
    (tmp_path / "run.env").write_text("".join(f"{name}={value}\n" for name, value in GOOD.items()))
    assert show(tmp_path, "ALLOWED_HOSTS") == [["koppel.example"]]
    own = {**os.environ, "KOPPEL_ENV_FILE": "/dev/null", "KOPPEL_DATA": str(tmp_path), "KOPPEL_DEBUG": "no"}
    service = subprocess.run(
        [sys.executable, "-c", "import console.settings"], cwd=ROOT, env=own, capture_output=True, text=True, timeout=60
    )
    assert "KOPPEL_SECRET_KEY is missing" in service.stderr


def test_publishing_to_redis_is_bounded_and_tasks_are_json(settings):
    assert settings.CELERY_TASK_PUBLISH_RETRY_POLICY["max_retries"] == 1
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["socket_connect_timeout"] <= 1
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["socket_timeout"] <= 2
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]


def test_what_beat_starts_exists_and_never_piles_up(settings):
    from console.celery import app
    from console.configuration.periodic import CLOCKS_DIFFER

    app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks
        # So many wait for a worker at most: one, and those of the minute by which its clock may be ahead.
        assert entry["options"]["expires"] <= entry["schedule"] + CLOCKS_DIFFER <= entry["schedule"] + 60
