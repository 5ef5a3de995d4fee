"""A real client, to which somebody sends what its console did not sign (R21)."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signing.keys import Keys

STRANGER = Keys(Ed25519PrivateKey.generate())


def test_a_client_carries_out_nothing_that_is_not_signed_and_says_so(working):
    peer, mark = working.peer, working.mark("forged")
    genuine = peer.ask(install=f"touch {working.mark('genuine')}", detection=file(working.mark("genuine")))
    peer.result_of(genuine)
    message, evil = peer.signed(genuine), {"install": f"touch {mark}", "detection": file(mark)}
    definition = json.loads(message["definitions"][0]["signed"])
    definition["deployment_types"][0].update(evil)
    order = json.loads(message["order"]["signed"])
    forged = {
        "other_request": {"id": new_id(1)},
        "signature_wrong": {"definitions": [{**message["definitions"][0], "signed": json.dumps(definition)}]},
        "not_signed": {"definitions": [{"signed": json.dumps(definition)}]},
        "key_unknown": {"order": STRANGER.sign("order", json.dumps(order))},
        "order_replayed": {},
    }
    for code, changes in forged.items():
        peer.refusals.clear()
        peer.push("requests", {"requests": [{**message, "state": "sent", **changes}]})
        told = peer.wait(lambda: peer.refusals and peer.refusals[0], "the refusal")
        assert told["detail"]["code"] == code
    assert not mark.exists()
    again = peer.ask(install=f"touch {working.mark('again')}", detection=file(working.mark("again")))
    assert peer.result_of(again)["outcome"] == "succeeded", "what is signed is carried out as before"
    assert len(genuine.results) == 1


def test_a_policy_that_is_not_signed_changes_nothing(working):
    peer = working.peer
    peer.refusals.clear()
    genuine, peer.keys = peer.keys, STRANGER
    try:
        with peer.condition:
            peer.policy = {**peer.policy, "revision": "forged"}
        peer.push("policy", {})
        told = peer.wait(lambda: peer.refusals and peer.refusals[0], "the refusal")
    finally:
        peer.keys = genuine
    assert told == {"request": None, "detail": {"code": "key_unknown", "facts": {"key": STRANGER.id}}}


def file(path):
    return {"kind": "file", "path": str(path)}


def new_id(number):
    return f"01980000-0000-4000-8000-{number:012d}"
