"""Passkeys, with a key made of software: as the second factor, alone, to confirm; never that of somebody else."""

from __future__ import annotations

import json
import os
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from audit.models import AuditEntry
from pages.models import Attempt, RecoveryCode, SecondFactor
from pages.sign_in.proofs import attempts
from pages.sign_in.sessions.confirmation import FRESH
from tests.make import make_user
from tests.pages.sign_in.test_confirmation import age

pytestmark = pytest.mark.django_db

HOST = "localhost"
PRESENT, VERIFIED = 1, 4
QUESTION, SIGN_IN = "/sign-in/passkey-question", "/sign-in/passkey"


class Key:
    """One passkey; `verifies`: whether it asks for a finger or a PIN."""

    def __init__(self, *, verifies: bool = True) -> None:
        self.private, self.id, self.count = ec.generate_private_key(ec.SECP256R1()), os.urandom(16), 0
        self.flags = PRESENT | (VERIFIED if verifies else 0)

    def make(self, question: dict, origin: str = f"http://{HOST}") -> str:
        public = ES256.from_cryptography_key(self.private.public_key())
        data = self.data(AttestedCredentialData.create(b"\0" * 16, self.id, public))
        return self.answer("create", question, origin, attestationObject=AttestationObject.create("none", data, {}))

    def use(self, question: dict, origin: str = f"http://{HOST}") -> str:
        self.count += 1
        data, told = self.data(), self.told("get", question, origin)
        signature = self.private.sign(data + sha256(told).digest(), ec.ECDSA(SHA256()))
        return self.answer("get", question, origin, authenticatorData=data, signature=signature)

    def data(self, made: bytes = b"") -> AuthenticatorData:
        flags = self.flags | (0x40 if made else 0)
        return AuthenticatorData.create(sha256(HOST.encode()).digest(), flags, self.count, made)

    def told(self, kind: str, question: dict, origin: str) -> bytes:
        challenge = question["publicKey"]["challenge"]
        return json.dumps({"type": f"webauthn.{kind}", "challenge": challenge, "origin": origin}).encode()

    def answer(self, kind: str, question: dict, origin: str, **more: bytes) -> str:
        parts = {"clientDataJSON": self.told(kind, question, origin), **more}
        response = {name: websafe_encode(part) for name, part in parts.items()}
        return json.dumps(
            {
                "id": websafe_encode(self.id),
                "rawId": websafe_encode(self.id),
                "type": "public-key",
                "response": response,
            }
        )


def browser() -> Client:
    return Client(SERVER_NAME=HOST)


def owner(key: Key, name: str = "k.deboer") -> Client:
    """Somebody signed in, who added this key."""
    client = browser()
    client.force_login(make_user(name, superuser=True, password="right"))
    question = client.post("/account/passkeys/options").json()
    answer = client.post("/account/passkeys/add/", {"name": "Key", "credential": key.make(question)})
    assert "Keep these codes" in answer.text
    return client


def use(client: Client, key: Key, **how) -> int:
    credential = key.use(client.post(QUESTION).json(), **how)
    return client.post(SIGN_IN, {"credential": credential, "next": "/roles/"}).status_code


def is_in(client: Client) -> bool:
    return client.get("/roles/").status_code == 200


def test_a_passkey_is_the_second_factor_or_all_that_is_needed():
    key = Key()
    owner(key)
    client = browser()
    assert client.post("/sign-in", {"username": "k.deboer", "password": "right"}).status_code == 302
    assert not is_in(client)
    assert use(client, key) == 302
    assert is_in(client)
    alone = browser()
    assert use(alone, key) == 302
    assert is_in(alone)
    facts = [each.facts for each in AuditEntry.objects.filter(verb="signed_in").order_by("pk")]
    assert facts == [{"by": "password", "second_factor": "passkey"}, {"by": "passkey"}]


def test_a_passkey_that_does_not_know_its_owner_is_a_second_factor_only():
    key = Key(verifies=False)
    owner(key)
    alone = browser()
    assert use(alone, key) == 403
    asked = browser()
    asked.post("/sign-in", {"username": "k.deboer", "password": "right"})
    question = asked.post(QUESTION).json()
    asked.get("/sign-in")
    session = asked.session
    del session["pending"]  # the first step took too long
    session.save()
    assert asked.post(SIGN_IN, {"credential": key.use(question)}).status_code == 403
    asked.post("/sign-in", {"username": "k.deboer", "password": "right"})
    assert use(asked, key) == 302


def test_no_other_key_origin_challenge_or_count_lets_anybody_in():
    mine, theirs = Key(), Key()
    owner(theirs, "p.nair")
    client = owner(mine)
    step = browser()
    step.post("/sign-in", {"username": "k.deboer", "password": "right"})
    assert use(step, theirs) == 403, "the second factor of somebody else"
    alone = browser()
    assert use(alone, Key()) == 403
    assert use(alone, mine, origin="http://localhost.evil.example") == 403
    old = mine.use(alone.post(QUESTION).json())
    alone.post(QUESTION)
    assert alone.post(SIGN_IN, {"credential": old}).status_code == 403, "the answer to another question"
    mine.count = -1
    assert use(alone, mine) == 302, "a passkey that does not count"
    alone.post("/sign-out")
    mine.count = 5
    assert use(alone, mine) == 302
    alone.post("/sign-out")
    mine.count = 4
    assert use(alone, mine) == 403, "a copy of it"
    question = client.post("/account/passkeys/options").json()
    again = client.post("/account/passkeys/add/", {"name": "Again", "credential": theirs.make(question)})
    assert "The browser made no passkey" in again.text
    assert SecondFactor.objects.count() == 2


@pytest.mark.parametrize(
    "junk", ["", "{", "[]", "null", "7", '"x"', "{}", '{"rawId": 1}', '{"rawId":"x","response":{}}']
)
def test_whatever_is_sent_instead_is_refused_and_counted(junk):
    client = browser()
    for _ in range(attempts.MAX_OF_ONE_NAME):
        client.post(QUESTION)
        assert client.post(SIGN_IN, {"credential": junk}).status_code == 403
    assert client.post(SIGN_IN, {"credential": junk}).status_code == 429
    other = owner(Key())
    other.post("/account/passkeys/options")
    assert other.post("/account/passkeys/add/", {"name": "x", "credential": junk}).status_code == 200
    assert SecondFactor.objects.count() == 1


def test_who_tries_passkeys_from_everywhere_stops_nobody_elsewhere():
    key = Key()
    owner(key)
    now = timezone.now()
    tried = [Attempt(at=now, name="", network=f"203.0.113.{number}") for number in range(attempts.MAX_OF_ONE_ACCOUNT)]
    Attempt.objects.bulk_create(tried)
    assert use(browser(), key) == 302


def test_a_passkey_confirms_and_the_last_one_takes_the_recovery_codes_along():
    key = Key()
    client = owner(key)
    age(client, FRESH + 1)
    assert client.get("/roles/add/").status_code == 302
    credential = key.use(client.post(QUESTION).json())
    assert client.post("/confirm?next=/roles/add/", {"credential": credential}).headers["Location"] == "/roles/add/"
    assert client.get("/roles/add/").status_code == 200
    assert client.post("/confirm", {"credential": credential}).status_code == 200, "once"
    client.post(f"/account/second-factors/{SecondFactor.objects.get().pk}/remove/")
    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()


def test_where_browsers_make_none_there_are_no_passkeys(client):
    client.force_login(make_user(superuser=True))
    assert client.get("/account/passkeys/add/").headers["Location"] == "/account/"
    assert "Passkeys need the console to be opened by its name" in client.get("/account/").text
