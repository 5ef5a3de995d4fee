"""A client takes up nothing but what its console signed, for it, lately; and says why of everything else (R21)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from client.details import Code, Detail
from client.keep.journal import Journal
from client.trust.opening import Opener
from client.trust.pinned import Pinned, Untrusted
from signing.keys import Keys

DEVICE, REQUEST = 5, "01980000-0000-7000-8000-000000000001"
CONSOLE, STRANGER = Keys(Ed25519PrivateKey.generate()), Keys(Ed25519PrivateKey.generate())


def moment(days: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def definition(revision: int = 3, install: str = "true", application: int = 7) -> dict[str, Any]:
    about = {"id": application, "name": "GIMP", "version": "3.0"}
    return {"application": about, "revision": revision, "deployment_types": [{"id": 1, "install": install}]}


def order(**facts: Any) -> dict[str, Any]:
    about = {"application": {"id": 7, "name": "GIMP", "version": "3.0"}, "person": None, "sync_policy": False}
    steps = [{"application": 7, "revision": 3}]
    validity = {"issued": moment(), "expires": moment(2)}
    return {"request": REQUEST, "device": DEVICE, "action": "install", "steps": steps, **about, **validity, **facts}


def policy(**facts: Any) -> dict[str, Any]:
    entries = [{"application": 7, "revision": 3, "purpose": "required", "person": None}]
    validity = {"issued": moment(), "expires": moment(2)}
    return {"device": DEVICE, "revision": "r", "evaluate_minutes": 60, "applications": entries, **validity, **facts}


def signed(kind: str, content: dict[str, Any], keys: Keys = CONSOLE) -> Any:
    return keys.sign(kind, json.dumps(content))


def message(*definitions: Any, **facts: Any) -> dict[str, Any]:
    named = definitions or (signed("definition", definition()),)
    return {"id": REQUEST, "state": "sent", "order": signed("order", order(**facts)), "definitions": list(named)}


def answer(*definitions: Any, **facts: Any) -> dict[str, Any]:
    named = definitions or (signed("definition", definition()),)
    return {"policy": signed("policy", policy(**facts)), "definitions": list(named)}


@pytest.fixture
def opener(tmp_path):
    return new_opener(tmp_path)


def new_opener(folder: Any, introductions: Any = ()) -> Opener:
    pinned = Pinned(folder / "keys.json")
    pinned.pin(CONSOLE.public)
    console: Any = SimpleNamespace(call=lambda *_: SimpleNamespace(data={"introductions": list(introductions)}))
    return Opener(Journal(folder / "journal.db"), console, pinned, DEVICE)


def test_what_is_signed_becomes_work(opener):
    work = opener.request(message())
    assert (work["id"], work["action"], work["state"]) == (REQUEST, "install", "sent")
    assert work["steps"] == [definition()]
    (entry,) = opener.policy(answer())["applications"]
    assert (entry["purpose"], entry["deployment_types"]) == ("required", definition()["deployment_types"])


def changed(envelope: Any, **fields: Any) -> Any:
    """What somebody on the way, or with the database, makes of it."""
    return {**envelope, "signed": json.dumps({**json.loads(envelope["signed"]), **fields})}


LIES: dict[str, tuple[Code, Callable[[], dict[str, Any]]]] = {
    "no order": (Code.NOT_SIGNED, lambda: {**message(), "order": None}),
    "as it was before there were signatures": (Code.NOT_SIGNED, lambda: {"id": REQUEST, "steps": [definition()]}),
    "another action": (
        Code.SIGNATURE_WRONG,
        lambda: {**message(), "order": changed(message()["order"], action="uninstall")},
    ),
    "another command": (
        Code.SIGNATURE_WRONG,
        lambda: message(changed(signed("definition", definition()), **definition(install="rm -rf /"))),
    ),
    "a command that nobody signed": (Code.NOT_SIGNED, lambda: message({"signed": json.dumps(definition())})),
    "another key": (Code.KEY_UNKNOWN, lambda: {**message(), "order": signed("order", order(), STRANGER)}),
    "another key that says it is ours": (
        Code.SIGNATURE_WRONG,
        lambda: {**message(), "order": {**signed("order", order(), STRANGER), "key": CONSOLE.id}},
    ),
    "a definition by another key": (Code.KEY_UNKNOWN, lambda: message(signed("definition", definition(), STRANGER))),
    "a definition that passes for an order": (
        Code.SIGNATURE_WRONG,
        lambda: {**message(), "order": signed("definition", order())},
    ),
    "a policy that passes for an order": (
        Code.SIGNATURE_WRONG,
        lambda: {**message(), "order": signed("policy", order())},
    ),
    "another device": (Code.OTHER_DEVICE, lambda: message(device=DEVICE + 1)),
    "another request": (Code.OTHER_REQUEST, lambda: message(request="another")),
    "expired": (Code.ORDER_EXPIRED, lambda: message(issued=moment(-3), expires=moment(-1))),
    "a definition left out": (Code.DEFINITION_MISSING, lambda: message(signed("definition", definition(revision=2)))),
    "a definition of another application": (
        Code.DEFINITION_MISSING,
        lambda: message(signed("definition", definition(application=8))),
    ),
    "signed, and no order": (Code.SIGNED_UNREADABLE, lambda: {**message(), "order": signed("order", {"device": 5})}),
    "signed, and no object": (Code.SIGNED_UNREADABLE, lambda: {**message(), "order": CONSOLE.sign("order", "[]")}),
    "signed, and no JSON": (Code.SIGNED_UNREADABLE, lambda: {**message(), "order": CONSOLE.sign("order", "{")}),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_signed_for_this_device_is_refused(opener, lie):
    code, lying = LIES[lie]
    with pytest.raises(Untrusted) as refused:
        opener.request(lying())
    assert refused.value.code is code


def test_a_revision_older_than_one_seen_is_refused_whoever_names_it(opener):
    opener.policy(answer())
    older = signed("definition", definition(revision=2))
    steps = [{"application": 7, "revision": 2}]
    for lying in (
        lambda: opener.request(message(older, steps=steps)),
        lambda: opener.policy(answer(older, applications=[{**policy()["applications"][0], "revision": 2}])),
    ):
        with pytest.raises(Untrusted) as refused:
            lying()
        assert refused.value.code is Code.REVISION_OLDER


def test_a_policy_is_for_this_device_and_not_older_than_the_last(opener):
    opener.policy(answer())
    for code, lying in (
        (Code.OTHER_DEVICE, answer(device=DEVICE + 1)),
        (Code.ORDER_EXPIRED, answer(issued=moment(-3), expires=moment(-1))),
        (Code.POLICY_OLDER, answer(issued=moment(-0.1))),
    ):
        with pytest.raises(Untrusted) as refused:
            opener.policy(lying)
        assert refused.value.code is code
    opener.journal.remember(policy_issued=datetime.now(UTC).timestamp() + 30 * 86400)
    assert opener.policy(answer()), "one that a wrong clock signed in the future shuts out nobody for long"


def test_nothing_is_believed_without_a_pinned_key(tmp_path):
    opener = Opener(Journal(tmp_path / "journal.db"), SimpleNamespace(), Pinned(tmp_path / "no-keys.json"), DEVICE)
    with pytest.raises(Untrusted) as refused:
        opener.request(message())
    assert refused.value.code is Code.NO_KEY_PINNED


def test_a_new_key_is_believed_when_a_known_one_introduced_it_and_the_old_one_for_a_while(tmp_path, monkeypatch):
    now = datetime.now(UTC)
    second = CONSOLE.followed(now)
    third = second.followed(now)
    opener = new_opener(tmp_path, third.introductions)
    by_third = {**message(), "order": signed("order", order(), third)}
    assert opener.request(by_third), "two keys further than the one that it pinned"
    assert opener.request(message()), "what the first signed is on its way yet"
    monkeypatch.setattr("time.time", lambda: (now + timedelta(days=92)).timestamp())
    with pytest.raises(Untrusted) as refused:
        opener.request(message())
    assert refused.value.code is Code.KEY_RETIRED
    assert set(Pinned(tmp_path / "keys.json").keys) == {CONSOLE.id, second.id, third.id}, "also after a restart"


def test_a_stranger_introduces_nobody(tmp_path):
    opener = new_opener(tmp_path, STRANGER.followed(datetime.now(UTC)).introductions)
    with pytest.raises(Untrusted) as refused:
        opener.request({**message(), "order": signed("order", order(), STRANGER)})
    assert refused.value.code is Code.KEY_UNKNOWN


def test_a_signature_is_verified_once_for_what_is_the_same(opener, monkeypatch):
    opener.policy(answer())
    verified = []
    genuine = Pinned.open
    monkeypatch.setattr(
        Pinned, "open", lambda self, kind, envelope: verified.append(kind) or genuine(self, kind, envelope)
    )
    opener.policy(answer())
    opener.request(message())
    assert verified == ["policy", "order"]


def refusals(folder: Any) -> Iterator[Detail]:
    """Everything that a client says when it does not believe something."""
    for _, lying in LIES.values():
        with pytest.raises(Untrusted) as refused:
            new_opener(folder).request(lying())
        yield refused.value.detail
    opener = new_opener(folder)
    opener.policy(answer())
    older = message(signed("definition", definition(revision=2)), steps=[{"application": 7, "revision": 2}])
    for lying in (lambda: opener.request(older), lambda: opener.policy(answer(issued=moment(-0.1)))):
        with pytest.raises(Untrusted) as refused:
            lying()
        yield refused.value.detail
    opener.pinned.keys[CONSOLE.id]["until"] = 0
    for forget in ({CONSOLE.id: opener.pinned.keys[CONSOLE.id]}, {}):
        opener.pinned.keys = forget
        with pytest.raises(Untrusted) as refused:
            opener.request(message())
        yield refused.value.detail
