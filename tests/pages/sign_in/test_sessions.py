"""What a copy of the database opens, or a line written into it: no session and no account; and when sessions end."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, make_password
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from pages.models import Session
from pages.sign_in.proofs.hashing import Hasher
from pages.sign_in.sessions.store import SessionStore, rows_of
from pages.sign_in.tasks import forget
from tests.make import make_user

pytestmark = pytest.mark.django_db

LIST = "/devices/"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def is_in(client: Client) -> bool:
    return client.get(LIST).status_code != 302


def with_key(key: str) -> Client:
    client = Client()
    client.cookies["sessionid"] = key
    return client


def test_what_the_database_has_of_a_session_opens_none():
    """R19."""
    client = signed_in(make_user(superuser=True))
    assert is_in(client)
    (row,) = Session.objects.all()
    assert client.session.session_key not in f"{row.key} {row.data}"
    assert not is_in(with_key(row.key))


def test_a_line_copied_into_another_session_opens_none():
    """Whoever writes into the database cannot make of their own session that of somebody else."""
    mine, other = signed_in(make_user(superuser=True)), signed_in(make_user(superuser=True))
    theirs = rows_of(other.session.session_key).get()
    rows_of(mine.session.session_key).update(data=theirs.data, user=theirs.user)
    assert not is_in(mine)
    assert is_in(other)


def test_a_session_ends_when_its_user_is_idle_and_a_page_that_polls_is_no_user(settings):
    settings.KOPPEL_SESSION_IDLE_MINUTES = 30
    busy, idle = signed_in(make_user(superuser=True)), signed_in(make_user(superuser=True))
    for client in (busy, idle):
        assert is_in(client)
    twenty = timezone.now() - timedelta(minutes=20)
    Session.objects.update(seen_at=twenty)
    assert is_in(busy)
    assert idle.get("/devices/live/").status_code == 200
    assert rows_of(busy.session.session_key).get().seen_at > twenty
    assert rows_of(idle.session.session_key).get().seen_at == twenty
    rows_of(idle.session.session_key).update(seen_at=twenty - timedelta(minutes=11))
    assert not is_in(idle)
    assert Session.objects.count() == 2
    forget()
    assert list(Session.objects.all()) == list(rows_of(busy.session.session_key))


def test_a_session_ends_when_its_time_is_over_however_busy_it_is(settings):
    settings.SESSION_COOKIE_AGE = 3600
    client = signed_in(make_user(superuser=True))
    ends = rows_of(client.session.session_key).get().expires_at
    session = client.session
    session["something"] = "new"
    session.save()
    assert rows_of(client.session.session_key).get().expires_at == ends
    nobodys = SessionStore()
    nobodys.create()
    assert rows_of(nobodys.session_key).get().expires_at < timezone.now() + timedelta(minutes=16)


def test_sessions_outlive_a_change_of_the_secret_key(settings):
    client, away = signed_in(make_user(superuser=True)), signed_in(make_user(superuser=True))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-" * 5
    assert is_in(client)
    settings.SECRET_KEY_FALLBACKS = []
    assert is_in(client)
    assert not is_in(away)


@pytest.fixture
def hasher(settings, monkeypatch) -> Hasher:
    settings.PASSWORD_HASHERS = ["pages.sign_in.proofs.hashing.Hasher"]
    monkeypatch.setattr(Hasher, "iterations", 2)
    return Hasher()


def test_a_password_written_into_the_database_lets_nobody_in(hasher, client):
    """R19."""
    make_user("k.deboer", password="right")
    written = PBKDF2PasswordHasher().encode("mine", "salt", 2)
    for each in (written, written.replace("pbkdf2", "koppel_pbkdf2")):
        User.objects.update(password=each)
        assert client.post("/sign-in", {"username": "k.deboer", "password": "mine"}).status_code == 200


def test_a_password_of_before_stays_valid_once_it_is_sealed(hasher):
    """As the upgrade does it: by what is kept, nobody types anything."""
    before = PBKDF2PasswordHasher().encode("right", "salt", 2)
    with pytest.raises(AssertionError):
        hasher.verify("right", before)
    user, other = make_user("k.deboer"), make_user("other")
    for each, kept in ((user, before), (other, "!nothing")):
        User.objects.filter(pk=each.pk).update(password=kept)
    for _ in range(2):  # twice does no harm
        import_module("pages.migrations.0002_sessions_and_passwords").seal(apps, connection.schema_editor())
    user.refresh_from_db()
    other.refresh_from_db()
    assert check_password("right", user.password)
    assert not check_password("wrong", user.password)
    assert other.password == "!nothing"


def test_passwords_outlive_a_change_of_the_secret_key_and_are_sealed_anew(hasher, settings, client):
    user = make_user("k.deboer", password="right")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-" * 5
    assert client.post("/sign-in", {"username": "k.deboer", "password": "right"}).status_code == 302
    settings.SECRET_KEY_FALLBACKS = []
    user.refresh_from_db()
    assert check_password("right", user.password)
    assert not hasher.must_update(make_password("right"))
