"""Signatures are verified as RFC 8032 says, and as the console's library does."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from client.trust.ed25519 import ORDER, P, verify

# RFC 8032, section 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
        "2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a"
        "d9bef1177331a704",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_of_the_rfc(public, message, signature):
    public, message, signature = map(bytes.fromhex, (public, message, signature))
    assert verify(public, message, signature)
    for at in (0, 31, 32, 63):
        changed = bytearray(signature)
        changed[at] ^= 1
        assert not verify(public, message, bytes(changed))
    assert not verify(public, message + b"x", signature)


def test_what_the_consoles_library_signs_is_genuine_and_nothing_else():
    chance = random.Random(7)
    private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    public, other = private.public_key().public_bytes_raw(), Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    for size in (0, 1, 63, 64, 1000, 100_000):
        message = chance.randbytes(size)
        signature = private.sign(message)
        assert verify(public, message, signature)
        assert not verify(public, message, other.sign(message))


def test_a_second_form_of_a_signature_or_a_key_is_none():
    """Otherwise one signature would be many."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public, signature = private.public_key().public_bytes_raw(), private.sign(b"order")
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    assert not verify(public, b"order", signature[:32] + scalar.to_bytes(32, "little"))
    assert not verify((P + 1).to_bytes(32, "little"), b"order", bytes([1]) + bytes(63)), "y is not below p"
    for key, given in ((b"", signature), (public[:-1], signature), (public, b""), (public, signature + b"x")):
        assert not verify(key, b"order", given)
