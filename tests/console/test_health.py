"""/healthz tells whether the console can work, /readyz whether all of it does, to anybody who asks."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from applications.requests.tasks import sweep
from applications.requests.upkeep import swept


@pytest.mark.django_db
def test_it_is_well_while_the_database_answers(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": "ok"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_it_says_so_when_the_database_is_gone(client):
    def gone(*statement):
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(gone):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, "unreachable")


def test_it_cannot_be_posted_to(client):
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_it_answers_whoever_asks_by_address_over_plain_http(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz", headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/sign-in", headers={"host": "10.0.0.7:8000"}).status_code == 400


@pytest.mark.django_db
def test_every_page_forbids_inline_script_and_framing(client):
    answer = client.get("/sign-in")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ago", "status"),
    [
        (timedelta(seconds=1), 200),
        (timedelta(seconds=110), 200),
        (timedelta(minutes=3), 503),
        (-timedelta(days=1), 503),
    ],
    ids=["now", "a minute ago", "long ago", "a clock that was wrong"],
)
def test_readyz_says_when_the_last_sweep_is_too_old(client, ago, status):
    """R21: the sweep repairs every lost wake-up, so somebody must hear that it stopped."""
    swept(timezone.now() - ago)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (status, "ok" if status == 200 else "late")
    assert answer.json()["last_sweep"]
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_readyz_becomes_well_by_a_sweep(client):
    assert client.get("/readyz").status_code == 503
    sweep()
    assert client.get("/readyz").status_code == 200
    assert client.post("/readyz").status_code == 405
