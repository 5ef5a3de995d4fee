"""What signatures cost: the console for each that it makes, a client for each that it verifies."""

import base64
import time
from collections.abc import Callable

from bench.table import Table
from client.trust import ed25519
from signing.envelope import canonical, signed_bytes
from signing.keys import keys

MANY = 200


def measure() -> Table:
    table = Table("Signatures", ["size of the text", "sign", "verify, on a device"], note=f"The least of {MANY}.")
    public = base64.b64decode(keys().public)
    for size in (400, 4_000, 40_000):
        text = canonical({"install": "x" * size})
        envelope = keys().sign("definition", text)
        signature, said = base64.b64decode(envelope["signature"]), signed_bytes("definition", text)
        assert ed25519.verify(public, said, signature)
        sign = least(lambda text=text: keys().sign("definition", text))
        verify = least(lambda said=said, signature=signature: ed25519.verify(public, said, signature))
        table.add(f"{size:,} bytes", f"{sign * 1000:.3f} ms", f"{verify * 1000:.2f} ms")
    return table


def least(work: Callable[[], object]) -> float:
    found = []
    for _ in range(MANY):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)
