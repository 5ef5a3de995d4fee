"""What is dangerous asks who is signed in to prove it once more, unless they did within ten minutes."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.urls import URLPattern, get_resolver

from audit.models import AuditEntry
from pages.sign_in.proofs import attempts, factors
from pages.sign_in.proofs.hashing import Hasher
from pages.sign_in.sessions.confirmation import FRESH, TO_FILL_IN
from pages.sign_in.sessions.store import CONFIRMED
from tests.make import make_user
from tests.pages.test_every_url import PAGES, kind_of
from tests.pages.walk import addresses, make_world

pytestmark = pytest.mark.django_db

DANGEROUS = {
    "devices:role_add",
    "devices:role",
    "devices:role_delete",
    "devices:user_add",
    "devices:user",
    "devices:user_password",
    "devices:user_second_factor",
    "devices:revoke",
    "devices:enrol_again",
    "authenticator",
    "passkey_add",
    "factor_remove",
    "recovery_codes",
    "provider_link",
}


def age(client, seconds: float) -> None:
    """As if the last proof of identity were older."""
    session = client.session
    session[CONFIRMED] -= seconds
    session.save()


def views(patterns=None, space=""):
    for entry in patterns or get_resolver().url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{space}{entry.name}", entry.callback
        else:
            yield from views(entry.url_patterns, f"{space}{entry.namespace}:" if entry.namespace else space)


def test_every_dangerous_page_asks_and_does_nothing_before(client):
    """R19."""
    assert {name for name, view in views() if getattr(view, "is_dangerous", False)} == DANGEROUS
    assert {name for name, _ in addresses()} >= DANGEROUS
    world = make_world()
    client.force_login(world.users["superuser"])
    entries, roles = AuditEntry.objects.count(), Group.objects.count()
    age(client, FRESH + 1)
    for name in DANGEROUS:
        address = world.address(name, PAGES[name][0] if name in PAGES else kind_of(name))
        assert client.get(address).headers.get("Location") == f"/confirm?next={address}", name
        age(client, TO_FILL_IN)
        assert client.post(address, {"confirmed": "yes"}).headers.get("Location") == f"/confirm?next={address}", name
        age(client, -TO_FILL_IN)
    assert (AuditEntry.objects.count(), Group.objects.count()) == (entries, roles)
    assert client.get("/roles/").status_code == 200, "looking is not dangerous"


def test_the_password_confirms_and_guesses_are_counted_and_told(client):
    user = make_user("k.deboer", superuser=True, password="right")
    client.force_login(user)
    age(client, FRESH + 1)
    asked = "/confirm?next=/roles/add/"
    assert client.post("/roles/add/", {"name": ""}).status_code == 200, "a form that was opened in time"
    assert client.post(asked, {"password": "wrong"}).status_code == 200
    assert client.get("/roles/add/").status_code == 302
    assert client.post(asked, {"password": "right"}).headers["Location"] == "/roles/add/"
    assert client.get("/roles/add/").status_code == 200
    assert client.post("/confirm?next=//evil.example/", {"password": "right"}).headers["Location"] == "/"
    for _ in range(attempts.MAX_OF_ONE_NAME):
        client.post(asked, {"password": "wrong"})
    assert client.post(asked, {"password": "right"}).status_code == 429
    told = [each.facts["reason"] for each in AuditEntry.objects.filter(verb="refused", kind="password").order_by("pk")]
    assert told == ["wrong_password"] * (attempts.MAX_OF_ONE_NAME + 1) + ["too_many_attempts"]


def test_who_has_a_second_factor_confirms_with_it(client):
    user = make_user("k.deboer", superuser=True, password="right")
    factors.add(user, factors.Kind.TOTP, b"s" * 20)
    client.force_login(user)
    age(client, FRESH + 1)
    assert client.post("/confirm", {"password": "right", "code": "000000"}).status_code == 200
    assert client.get("/roles/add/").status_code == 302
    entry = AuditEntry.objects.get(verb="refused")
    assert (entry.kind, entry.facts) == ("user", {"reason": "wrong_code"})


def test_a_password_that_is_hashed_anew_by_confirming_ends_no_session(client, settings, monkeypatch):
    settings.PASSWORD_HASHERS = ["pages.sign_in.proofs.hashing.Hasher"]
    monkeypatch.setattr(Hasher, "iterations", 2)
    user = make_user("k.deboer", superuser=True, password="right")
    client.force_login(user)
    monkeypatch.setattr(Hasher, "iterations", 3)
    age(client, FRESH + 1)
    assert client.post("/confirm?next=/roles/add/", {"password": "right"}).headers["Location"] == "/roles/add/"
    before = user.password
    user.refresh_from_db()
    assert user.password != before
    assert client.get("/roles/add/").status_code == 200
