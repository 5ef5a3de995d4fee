"""Which device a secret belongs to, asked for many connections in one query."""

import asyncio
import hashlib
from collections.abc import Collection

from devices.models import Device
from stream.thread import Thread

COLLECT = 0.003  # seconds
BATCH = 500


def devices_of(digests: Collection[str]) -> dict[str, int]:
    return dict(Device.objects.with_secret(*digests).values_list("secret_hash", "pk"))


def digest_of(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()


class Tokens:
    def __init__(self, thread: Thread) -> None:
        self.thread = thread
        self.waiting: dict[str, list[asyncio.Future[int | None]]] = {}
        self.asking: asyncio.Task[None] | None = None

    async def device(self, secret: bytes) -> int | None:
        """The device with this secret. Raises a database error when that cannot be found out."""
        digest = digest_of(secret)
        future: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(digest, []).append(future)
        if self.asking is None:
            self.asking = asyncio.create_task(self._ask())
        return await future

    async def _ask(self) -> None:
        await asyncio.sleep(COLLECT)
        while self.waiting:
            digests = list(self.waiting)[:BATCH]
            asked = {digest: self.waiting.pop(digest) for digest in digests}
            try:
                found: dict[str, int] | Exception = await self.thread.run(devices_of, digests)
            except Exception as error:
                found = error
            for digest, futures in asked.items():
                for future in futures:
                    if future.done():  # whoever asked is gone
                        continue
                    if isinstance(found, Exception):
                        future.set_exception(found)
                    else:
                        future.set_result(found.get(digest))
        self.asking = None
