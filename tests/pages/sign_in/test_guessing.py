"""Guessing passwords is slow whatever the guesser does, and stops nobody else (R20)."""

from __future__ import annotations

import threading
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookiejar import CookieJar

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import AuditEntry
from pages.models import Attempt, Session
from pages.sign_in.proofs import attempts, hashing
from pages.sign_in.sessions.store import rows_of
from pages.sign_in.tasks import forget
from tests.make import make_user

pytestmark = pytest.mark.django_db


def post(name: str = "k.deboer", password: str = "wrong", address: str = "192.0.2.1", **headers) -> int:
    client = Client(REMOTE_ADDR=address, **headers)
    return client.post("/sign-in", {"username": name, "password": password}).status_code


@pytest.mark.parametrize("spelling", ["K.DEBOER", "ｋ.ｄｅｂｏｅｒ", "Ｋ.DeBoer", " k.deboer ", "k.deboer\u3000"])
def test_another_spelling_is_no_other_name(spelling):
    make_user("k.deboer", password="right")
    for _ in range(10):
        post(spelling)
    assert post(password="right") == 429


def test_another_address_of_the_same_network_is_no_other_place():
    make_user("k.deboer", password="right")
    for number in range(10):
        post(address=f"2001:db8:1:2:{number:x}::{number:x}")
    assert post(password="right", address="2001:db8:1:2:ffff::1") == 429
    assert post(password="right", address="2001:db8:1:3::1") == 302
    assert attempts.network_of("::ffff:192.0.2.1") == "192.0.2.1"


def test_an_account_cannot_be_tried_from_everywhere_and_its_user_is_not_locked_out():
    make_user("k.deboer", password="right")
    assert post(password="right", address="198.51.100.1") == 302  # the user, at home
    for number in range(attempts.MAX_OF_ONE_ACCOUNT):
        post(address=f"203.0.113.{number}")
    assert post(password="right", address="192.0.2.200") == 429
    assert post(password="right", address="198.51.100.1") == 302


def test_the_right_password_makes_earlier_slips_count_no_longer():
    make_user("k.deboer", password="right")
    for _ in range(3):
        for _ in range(9):
            assert post() == 200
        assert post(password="right") == 302


def test_the_password_page_counts_too_and_tells():
    user = make_user("k.deboer", password="right")
    client = Client()
    client.force_login(user)
    new = "quite-Another-77"

    def change(old: str) -> int:
        form = {"old_password": old, "new_password1": new, "new_password2": new}
        return client.post("/password", form).status_code

    assert [change("wrong") for _ in range(10)] == [200] * 10
    assert change("right") == 429
    refused = list(AuditEntry.objects.filter(verb="refused", kind="password").order_by("pk"))
    assert [each.facts["reason"] for each in refused] == ["wrong_password"] * 10 + ["too_many_attempts"]
    assert {each.user for each in refused} == {user}


def test_strangers_cannot_fill_the_log():
    for name in range(30):
        for _ in range(4):
            post(f"name{name}")
    assert AuditEntry.objects.filter(facts={}).count() == attempts.MAX_OF_ONE_NETWORK
    assert AuditEntry.objects.exclude(facts={}).count() == attempts.MAX_REFUSALS_TOLD
    assert Attempt.objects.count() == attempts.MAX_OF_ONE_NETWORK + attempts.MAX_REFUSALS_TOLD


@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_moment_are_counted_before_they_are_checked():
    make_user("k.deboer", password="right")

    def one(_: int) -> int:
        try:
            return post()
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(one, range(40)))
    looked_at = AuditEntry.objects.filter(verb="sign_in_failed", facts={}).count()
    assert looked_at <= attempts.MAX_OF_ONE_NAME
    assert answers.count(200) == looked_at


def test_who_finds_too_many_before_them_comes_back_in_a_moment():
    make_user("k.deboer", password="right")
    with_place = [hashing.place() for _ in range(hashing.MAX_INSIDE)]
    for each in with_place:
        each.__enter__()
    try:
        answer = Client().post("/sign-in", {"username": "k.deboer", "password": "right"})
        assert answer.status_code == 429
        assert "Try again in a moment" in answer.content.decode()
        assert not Attempt.objects.exists(), "it was no attempt"
    finally:
        for each in with_place:
            each.__exit__(None, None, None)
    assert post(password="right") == 302


def test_two_hashes_at_once_and_not_three(settings):
    settings.PASSWORD_HASHERS = ["pages.sign_in.proofs.hashing.Hasher"]
    known = make_password("right")
    assert check_password("right", known)
    for _ in range(hashing.MAX_HASHES):
        hashing.slots.acquire()
    third = threading.Thread(target=check_password, args=("right", known))
    third.start()
    third.join(1)
    assert third.is_alive(), "it waits for one of the two"
    for _ in range(hashing.MAX_HASHES):
        hashing.slots.release()
    third.join(20)
    assert not third.is_alive()


@pytest.mark.django_db(transaction=True)
@pytest.mark.redis
def test_thirty_who_sign_in_at_the_same_moment_do_not_stop_the_console(running, settings):
    settings.PASSWORD_HASHERS = ["pages.sign_in.proofs.hashing.Hasher"]
    right = make_password("right")  # once: it takes as long as it should
    User.objects.bulk_create(User(username=f"user{number}", password=right) for number in range(30))
    running.redis()
    url = running.stream().url

    def sign_in(number: int) -> int:
        jar = CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        browser.open(f"{url}/sign-in", timeout=30).read()
        token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
        form = {"username": f"user{number}", "password": "right", "csrfmiddlewaretoken": token or ""}
        try:
            browser.open(f"{url}/sign-in", urllib.parse.urlencode(form).encode(), timeout=30)
        except urllib.error.HTTPError as answer:
            return answer.code
        return 200

    meanwhile = 0
    with ThreadPoolExecutor(30) as threads:
        waiting = [threads.submit(sign_in, number) for number in range(30)]
        while not all(each.done() for each in waiting):
            urllib.request.urlopen(f"{url}/healthz", timeout=30).read()
            meanwhile += not all(each.done() for each in waiting)
    answers = [each.result() for each in waiting]
    # 403: signed in, and led to a page that asks for a role.
    assert set(answers) <= {200, 403, 429}, answers
    assert len([each for each in answers if each != 429]) >= hashing.MAX_HASHES
    assert meanwhile, "the health of the console was answered only after everybody"


def test_what_has_ended_is_removed_and_nothing_else():
    make_user("k.deboer", password="right")
    client, other = Client(), Client()
    client.login(username="k.deboer", password="right")
    other.login(username="k.deboer", password="right")
    rows_of(client.session.session_key).update(expires_at=timezone.now() - timedelta(seconds=1))
    post("old")
    Attempt.objects.update(at=timezone.now() - timedelta(minutes=11))
    post("new")
    forget()
    assert list(Session.objects.all()) == list(rows_of(other.session.session_key))
    assert [each.name for each in Attempt.objects.all()] == ["new"]
