"""One open connection of a client: what goes out to it, in order, and never more than it can take."""

from __future__ import annotations

import asyncio

from devices.presence.identity import Seen
from stream.asgi import Send
from stream.sockets import transport_of

LIMIT = 512 * 1024  # bytes waiting for one client; it gets its requests anew when it comes back
NOTHING = Seen()


class Connection:
    """Idle it costs no task of its own: a writer runs only while there is something to write."""

    __slots__ = ("device", "digest", "frames", "last", "open", "seen", "send", "size", "slow", "task", "writer")

    def __init__(self, device: int, send: Send, digest: str = "", seen: Seen = NOTHING) -> None:
        self.device, self.send = device, send
        self.digest = digest  # of the secret that it was opened with
        self.seen = seen  # which machine opened it
        self.task = asyncio.current_task()
        self.frames: list[bytes] = []
        self.size = 0
        self.open = True
        self.last = False  # nothing comes after the frames that wait
        self.slow = False  # it was writing at the last heartbeat
        self.writer: asyncio.Task[None] | None = None

    def push(self, frame: bytes) -> None:
        """Queues a frame; a client that does not read is cut off instead of buffered without bound."""
        if not self.open or self.last:
            return
        if self.frames and self.size + len(frame) > LIMIT:
            self.cut()
            return
        self.frames.append(frame)
        self.size += len(frame)
        if self.writer is None:
            self.writer = asyncio.create_task(self._write())

    def heartbeat(self, frame: bytes) -> None:
        """Cut off is also who was still busy with something at the last heartbeat, and is so at this one."""
        if self.writer is None:
            self.slow = False
            self.push(frame)
        elif self.slow:
            self.cut()
        else:
            self.slow = True

    def finish(self, frame: bytes) -> None:
        """Says a last word and ends the answer properly."""
        self.push(frame)
        self.last = True

    def cut(self) -> None:
        """Ends it at once; what was not yet sent is lost."""
        self.close()
        if transport := transport_of(self.send):
            transport.abort()
        elif self.task is not None:
            self.task.cancel()

    def close(self) -> None:
        """Nothing is sent any more."""
        self.open = False
        self.frames.clear()
        if self.writer is not None:
            self.writer.cancel()

    async def _write(self) -> None:
        try:
            while self.frames:
                body = b"".join(self.frames)
                self.frames.clear()
                await self.send({"type": "http.response.body", "body": body, "more_body": True})
                self.size, self.slow = sum(map(len, self.frames)), False
            if self.last:
                await self.send({"type": "http.response.body", "body": b"", "more_body": False})
        except (OSError, RuntimeError):
            self.cut()
        finally:
            self.writer = None
