"""A second factor: set up, asked for, counted, taken away; and nothing of it is of use in a copy of the database."""

from __future__ import annotations

import re
from base64 import b32decode
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import AuditEntry
from devices.models import RoleSettings
from pages.models import Attempt, GivenPassword, RecoveryCode, SecondFactor, Session
from pages.sign_in.proofs import attempts, codes, factors
from tests.make import make_collection, make_reader, make_user

pytestmark = pytest.mark.django_db

NAME = {"username": "k.deboer", "password": "right"}


def user_with_app(secret: bytes = b"s" * 20, **facts):
    user = make_user("k.deboer", password="right", **facts)
    factors.add(user, factors.Kind.TOTP, secret)
    return user


@pytest.fixture
def code():
    """The code of now, and of later steps: of one moment, whatever the clock says meanwhile."""
    began = timezone.now().timestamp()

    def code(secret: bytes = b"s" * 20, *, steps: int = 0) -> str:
        app = TOTP(secret, codes.DIGITS, SHA1(), codes.STEP)
        return app.generate(int(began) + codes.STEP * steps).decode()

    return code


def second(client: Client, typed: str) -> int:
    return client.post("/sign-in/second-step", {"code": typed}).status_code


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def log(*verbs: str) -> list:
    return [(each.verb, each.facts) for each in AuditEntry.objects.filter(verb__in=verbs).order_by("pk")]


def test_an_app_is_set_up_and_asked_for_from_then_on(client, code):
    make_user("k.deboer", superuser=True, password="right")
    other = Client()
    for each in (client, other):
        assert each.post("/sign-in", NAME).status_code == 302
    page = client.get("/account/authenticator/").text
    assert "<svg" in page
    secret = b32decode(re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page)[1].replace(" ", ""))
    offer = re.search(r'name="secret" value="([^"]+)"', page)[1]
    assert not SecondFactor.objects.exists(), "looking at the page sets nothing up"
    wrong = client.post("/account/authenticator/", {"secret": offer, "code": "000000"}).text
    assert offer in wrong, "the app has this one by now"
    shown = client.post("/account/authenticator/", {"secret": offer, "code": code(secret)}).text
    recovery = re.findall(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b", shown)
    assert len(set(recovery)) == codes.RECOVERY_CODES
    assert is_in(client)
    assert not is_in(other), "it began without the second factor"

    kept = f"{SecondFactor.objects.values()} {RecoveryCode.objects.values()}"
    assert secret.hex() not in kept
    assert codes.in_groups(secret).replace(" ", "") not in kept
    assert codes.cleaned(recovery[0]) not in kept

    assert other.post("/sign-in", NAME | {"next": "/roles/"}).headers["Location"] == "/sign-in/second-step"
    assert not is_in(other)
    assert second(other, code(secret)) == 200, "it was used when the app was set up"
    assert second(other, code(secret, steps=1)) == 302
    assert is_in(other)
    third = Client()
    third.post("/sign-in", NAME)
    assert second(third, code(secret, steps=1)) == 200, "each code is good once"
    assert second(third, recovery[0].upper().replace("-", " ")) == 302
    third.post("/sign-out")
    third.post("/sign-in", NAME)
    assert second(third, recovery[0]) == 200, "and so is each recovery code"
    told = log("signed_in", "sign_in_failed", "changed")
    assert ("changed", {"changes": {"second_factors": {"old": [], "new": ["totp"]}}}) in told
    assert ("signed_in", {"by": "password", "second_factor": "recovery_code"}) in told
    assert told.count(("sign_in_failed", {"reason": "wrong_code"})) == 3


def test_codes_are_counted_before_they_are_looked_at_and_the_right_password_ends_no_count():
    """R20."""
    user_with_app()
    guesses = 0
    for _ in range(attempts.MAX_OF_ONE_NAME):
        client = Client()
        if client.post("/sign-in", NAME).status_code != 302:
            break
        guesses += second(client, "000000") == 200
    assert guesses == attempts.MAX_OF_ONE_NAME // 2
    client = Client()
    assert client.post("/sign-in", NAME).status_code == 429
    assert log("sign_in_failed")[-1][1] == {"reason": "too_many_attempts"}


@pytest.mark.django_db(transaction=True)
def test_of_many_who_type_the_same_code_at_once_one_is_in(code):
    user = user_with_app()
    recovery = codes.new_recovery_codes(user)[0]
    typed = [code(), recovery] * 20

    def one(typed: str) -> str:
        try:
            return codes.check(user, typed, timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(len(typed)) as threads:
        answers = list(threads.map(one, typed))
    assert (answers.count("totp"), answers.count("recovery_code")) == (1, 1)


def test_codes_cannot_be_guessed_from_everywhere_for_days(code):
    """Whoever has the password; the user goes on where they signed in lately."""
    user = user_with_app()
    home = Client(REMOTE_ADDR="198.51.100.1")
    home.post("/sign-in", NAME)
    assert second(home, code()) == 302
    for number in range(attempts.MAX_WRONG_CODES):
        guesser = Client(REMOTE_ADDR=f"203.0.113.{number}")
        guesser.post("/sign-in", NAME)
        assert second(guesser, "000000") == 200
    Attempt.objects.all().delete()  # hours later
    guesser = Client(REMOTE_ADDR="192.0.2.1")
    guesser.post("/sign-in", NAME)
    assert second(guesser, code(steps=1)) == 429
    home.post("/sign-out")
    home.post("/sign-in", NAME)
    assert second(home, code(steps=1)) == 302
    assert factors.factors_of(user).get().used_at


def test_an_empty_password_ends_no_count_either(client):
    make_user("k.deboer", password="right")
    for _ in range(attempts.MAX_OF_ONE_NAME // 2):
        client.post("/sign-in", NAME | {"password": "wrong"})
        client.post("/sign-in", NAME | {"password": ""})
    assert client.post("/sign-in", NAME).status_code == 429


def test_what_is_written_into_the_database_for_somebody_else_proves_nothing(code):
    """R19: neither a factor of one's own, moved to their account, nor one that was not made here."""
    mine = make_user("mine")
    theirs = user_with_app()
    factor = factors.add(mine, factors.Kind.TOTP, b"m" * 20)
    SecondFactor.objects.filter(user=theirs).delete()
    SecondFactor.objects.filter(pk=factor.pk).update(user=theirs)
    assert codes.check(theirs, code(b"m" * 20), timezone.now()) == ""
    SecondFactor.objects.update(sealed="m" * 20)
    assert codes.check(theirs, code(b"m" * 20), timezone.now()) == ""


def test_the_first_step_is_for_a_while_and_for_this_password(client):
    user = user_with_app()
    client.post("/sign-in", NAME)
    user.set_password("another")
    user.save()
    assert client.get("/sign-in/second-step").headers["Location"] == "/sign-in"
    assert Client().get("/sign-in/second-step").headers["Location"] == "/sign-in"


def test_a_role_that_needs_a_second_factor_opens_nothing_without_one(client):
    """R19."""
    user = make_reader(make_collection())
    RoleSettings.objects.create(group=user.groups.get(), second_factor=True)
    client.force_login(user)
    for path in ("/", "/devices/", "/devices/export/", "/requests/", "/nowhere-known/"):
        answer = client.get(path)
        assert answer.status_code == 404 if "nowhere" in path else answer.headers["Location"] == "/account/"
    assert client.post("/devices/1/applications/act").headers["Location"] == "/account/"
    poll = client.get("/devices/live/", headers={"HX-Request": "true"})
    assert (poll.status_code, poll.headers["HX-Redirect"]) == (401, "/account/")
    assert "Your role needs a second factor" in client.get("/account/").text
    assert client.get("/account/authenticator/").status_code == 200
    factors.add(user, factors.Kind.TOTP, b"s" * 20)
    assert client.get("/devices/").status_code == 200


def test_accounts_with_all_rights_need_one_when_the_operator_says_so(client, settings):
    client.force_login(make_user(superuser=True))
    assert client.get("/devices/").status_code == 200
    settings.KOPPEL_ADMINISTRATORS_NEED_SECOND_FACTOR = True
    assert client.get("/devices/").headers["Location"] == "/account/"


def test_a_password_that_an_administrator_gave_is_changed_before_anything_else(client):
    root = make_user("root", superuser=True)
    client.force_login(root)
    given = "given-By-Root-1"
    form = {"username": "k.deboer", "password1": given, "password2": given}
    assert client.post("/users/add/", form).status_code == 302
    GivenPassword.objects.get(user__username="k.deboer")
    theirs = Client()
    theirs.post("/sign-in", {"username": "k.deboer", "password": given})
    for path in ("/", "/devices/", "/account/", "/account/authenticator/"):
        assert theirs.get(path).headers["Location"] == "/password"
    assert "Choose a password of your own" in theirs.get("/password").text
    own = "quite-Another-77"
    change = {"old_password": given, "new_password1": given, "new_password2": given}
    assert theirs.post("/password", change).status_code == 200, "it is no password of one's own"
    assert theirs.post("/password", change | {"new_password1": own, "new_password2": own}).status_code == 302
    assert theirs.get("/account/").status_code == 200
    client.post(f"/users/{root.pk}/password/", {"new_password1": own, "new_password2": own})
    assert not GivenPassword.objects.exists(), "one's own is not given"


def test_sessions_are_listed_and_ended(client):
    user = make_user("k.deboer", password="right")
    agents = ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "curl/8", "x" * 500)
    others = [Client(REMOTE_ADDR=f"192.0.2.{number}", HTTP_USER_AGENT=agent) for number, agent in enumerate(agents, 1)]
    for each in (client, *others):
        each.post("/sign-in", NAME)
    page = client.get("/account/").text
    assert "Firefox, Linux" in page
    assert "192.0.2.1" in page
    stranger = Client()
    stranger.force_login(make_user())
    first = Session.objects.get(browser="Firefox, Linux")
    assert stranger.post("/account/sessions/end", {"session": first.pk}).status_code == 404
    assert client.get("/account/sessions/end").status_code == 405
    client.post("/account/sessions/end", {"session": first.pk})
    assert [is_in(each) for each in (client, *others)] == [True, False, True, True]
    client.post("/account/sessions/end")
    assert [is_in(each) for each in (client, *others)] == [True, False, False, False]
    assert is_in(stranger)
    told = AuditEntry.objects.filter(verb="changed", user=user)
    assert [each.facts for each in told] == [{"reason": "sessions_ended"}] * 2


def test_an_administrator_removes_the_second_factor_of_who_lost_it_and_so_does_the_server(client):
    user = user_with_app()
    codes.new_recovery_codes(user)
    theirs = Client()
    theirs.force_login(user)
    page = f"/users/{user.pk}/second-factor/"
    client.force_login(make_user("p.nair", "auth.view_user", "devices.view_collectionright", reads=[make_collection()]))
    assert client.post(page).status_code == 403
    client.force_login(make_user("root", superuser=True))
    assert "Authenticator app" in client.get(page).text
    client.post(page)
    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert not is_in(theirs)
    entry = AuditEntry.objects.get(verb="changed")
    assert (entry.actor, entry.name) == ("root", "k.deboer")
    assert entry.facts == {"changes": {"second_factors": {"old": ["totp"], "new": []}}}

    root = AuditEntry.objects.get(verb="changed").user
    factors.add(root, factors.Kind.TOTP, b"s" * 20)
    assert client.post(f"/users/{root.pk}/second-factor/").status_code == 302
    assert is_in(client), "one's own session goes on"
    factors.add(user, factors.Kind.TOTP, b"s" * 20)
    call_command("reset_second_factor", "k.deboer")
    assert not SecondFactor.objects.exists()
    assert AuditEntry.objects.filter(verb="changed", actor="Koppel").count() == 1


def test_second_factors_outlive_a_change_of_the_secret_key(settings, code):
    user = user_with_app()
    recovery = codes.new_recovery_codes(user)[0]
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-" * 5
    assert codes.check(user, code(), timezone.now()) == "totp"
    assert codes.check(user, recovery, timezone.now()) == "recovery_code"
    settings.SECRET_KEY_FALLBACKS = []
    assert codes.check(user, code(steps=1), timezone.now()) == ""
