"""One stream process: its connections, its row in the database, its subscription, and its orderly end."""

import asyncio
import contextlib
import socket
from collections.abc import Iterable
from uuid import uuid4

import structlog
from django.db import DatabaseError
from django.utils import timezone

from applications.requests.delivery import claimed
from applications.requests.tasks import deliver
from devices.enqueue import enqueue
from devices.presence import connections, identity
from devices.presence.push import POLICY, RELEASE, REQUESTS, message
from stream.hub import Hub, frame
from stream.listener import Listener
from stream.loops import forever
from stream.thread import Thread
from stream.tokens import Tokens

COLLECT = 0.01  # seconds: who connects within this time is written down, and handed over, together
REFRESH = 5.0  # seconds
COMPARE_EACH = 4  # refreshes
DRAIN_PATIENCE = 2.0  # seconds
RETURNING_PER_SECOND = 500  # how fast the clients of a process that ends come back to the others
MAX_PAUSE = 30.0  # seconds

log = structlog.get_logger(__name__)


class Process:
    def __init__(self) -> None:
        self.id = uuid4()
        self.host = socket.gethostname()
        self.reading, self.writing = Thread("read"), Thread("write")
        self.hub = Hub(self._changed)
        self.tokens = Tokens(self.reading)
        self.listener = Listener(self.id, self._heard, self._subscribed)
        self.changes: dict[int, bool] = {}  # who came (True) or went, and is not yet written down
        self.being_written: dict[int, bool] = {}
        self.undelivered: set[int] = set()  # who may have missed something
        self.asked: set[int] = set()  # for whom something may be claimed
        self.doubted: set[int] = set()  # who may belong elsewhere by now
        self.news, self.work = asyncio.Event(), asyncio.Event()
        self.told, self.doubt = asyncio.Event(), asyncio.Event()
        self.refresh_at, self.refreshes = 0.0, 0
        self.loops: list[asyncio.Task[None]] = []
        self.draining: asyncio.Task[None] | None = None

    # Beginning and end

    async def start(self) -> None:
        """Begins to work; a database or a Redis that is not there yet is waited for, but not here."""
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._refresh(), 5)
        mine = (self._look, self._doubt, self._keep_presence, self._hand_over)
        for step in (self.hub.turn, self.listener.listen, *mine):
            self.loops.append(asyncio.create_task(forever(step)))

    def drain(self) -> "asyncio.Task[None]":
        """Sends every client away, to come back elsewhere, not all at the same moment."""
        if self.draining is None:
            self.draining = asyncio.create_task(self._drain())
        return self.draining

    async def stop(self) -> None:
        await self.drain()
        for task in self.loops:
            task.cancel()
        await asyncio.gather(*self.loops, return_exceptions=True)
        await self.listener.close()
        self.reading.end()
        self.writing.end()

    async def _drain(self) -> None:
        held = tuple(self.hub.connections.values())
        pause = min(MAX_PAUSE, 1 + len(held) / RETURNING_PER_SECOND)
        for connection in held:
            connection.finish(frame("drain", f'{{"wait":{pause:.0f}}}'))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_PATIENCE):
                while self.hub.connections:
                    await asyncio.sleep(0.05)
        for connection in tuple(self.hub.connections.values()):
            connection.cut()
        try:
            async with asyncio.timeout(DRAIN_PATIENCE):
                await self.writing.run(connections.ended, self.id, timezone.now())
        except Exception as error:
            log.warning("The end of this stream process is not written down", error=str(error))

    # What happens to it

    def _changed(self, device: int, connected: bool) -> None:
        self.changes[device] = connected
        self.news.set()

    def _heard(self, event: str, devices: Iterable[int]) -> None:
        """What is told may be forged: it makes this process look in the database, and nothing else."""
        held = self.hub.connections.keys() & devices
        if event == POLICY:
            self.hub.push(POLICY, "{}", held)
        elif event == REQUESTS:
            self.asked.update(held)
            self.told.set()
        elif event == RELEASE:
            self.doubted.update(held)
            self.doubt.set()

    def _subscribed(self) -> None:
        """What was published before this moment may be lost."""
        self._may_have_missed(self.hub.connections)

    def _may_have_missed(self, devices: Iterable[int]) -> None:
        self.undelivered.update(devices)
        self.work.set()

    def _release(self, devices: Iterable[int]) -> None:
        """They belong elsewhere; unless they came here again meanwhile, which the next comparison will tell."""
        changing = self.being_written.keys() | self.changes.keys()
        self.hub.release(device for device in devices if device not in changing)

    # Its loops

    async def _look(self) -> None:
        """Reads what was claimed for its own devices and hands it to them, for many devices at once."""
        await self.told.wait()
        self.told.clear()
        while self.asked:
            batch = [self.asked.pop() for _ in range(min(connections.BATCH, len(self.asked)))]
            try:
                data = await self.reading.run(claimed, self.id, batch)
            except DatabaseError:
                self.asked.update(batch)
                self.told.set()
                raise
            for device, text in data.items():
                self.hub.push(REQUESTS, text, (device,))

    async def _doubt(self) -> None:
        """Lets go of those that belong elsewhere by now. Asks in the thread that writes, so that who connects meanwhile
        is either written down or still `changing`."""
        await self.doubt.wait()
        self.doubt.clear()
        doubted = set(self.doubted)
        held = {device: self.hub.connections[device].digest for device in doubted & self.hub.connections.keys()}
        self._release(await self.writing.run(connections.not_held, self.id, held))
        self.doubted -= doubted

    async def _keep_presence(self) -> None:
        """One write at a time, in the order in which things happened."""
        now = asyncio.get_running_loop().time()
        if self.draining is not None:
            await asyncio.Event().wait()  # the end writes for all at once
        elif now >= self.refresh_at:
            await self._refresh()
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self.refresh_at):
                    await self.news.wait()
                    await asyncio.sleep(COLLECT)
            if self.news.is_set():
                await self._write()

    async def _write(self) -> None:
        """Writes down who came and who went; what does not succeed is kept for the next attempt."""
        self.news.clear()
        self.being_written, self.changes = self.changes, {}
        came = [device for device, connected in self.being_written.items() if connected]
        went = [device for device, connected in self.being_written.items() if not connected]
        try:
            now = timezone.now()
            await self.writing.run(connections.disconnected, self.id, went, now)
            moved = await self.writing.run(connections.connected, self.id, came, now)
        except BaseException:
            self.changes = self.being_written | self.changes
            self.news.set()
            raise
        finally:
            self.being_written = {}
        self._may_have_missed(came)
        await self._note(came)
        for process, devices in moved.items():
            await self.listener.publish(process, message(RELEASE, devices))

    async def _note(self, came: Iterable[int]) -> None:
        """Which machines they are: for people, so nothing waits when it cannot be written down."""
        held = {device: connection.seen for device in came if (connection := self.hub.connections.get(device))}
        for batch in connections.batches(held):
            try:
                await self.writing.run(identity.note, {device: held[device] for device in batch}, timezone.now())
            except DatabaseError as error:
                log.warning("Which machines connected is not written down", error=str(error))

    async def _refresh(self) -> None:
        """Says that this process lives; now and then, and when it was held for dead, compares everything."""
        self.refresh_at = asyncio.get_running_loop().time() + REFRESH
        self.refreshes += 1
        known = await self.writing.run(connections.alive, self.id, self.host, timezone.now())
        if known and self.refreshes % COMPARE_EACH:
            return
        held, changing = set(self.hub.connections), set(self.changes)
        difference = await self.writing.run(connections.compare, self.id, held, changing, timezone.now())
        self._release(difference.elsewhere)
        for device in difference.forgotten:
            if device in self.hub.connections:
                self.changes.setdefault(device, True)
                self.news.set()

    async def _hand_over(self) -> None:
        """Asks the workers to deliver to those who may have missed something, many devices in one task."""
        await self.work.wait()
        self.work.clear()
        while self.undelivered:
            batch = [self.undelivered.pop() for _ in range(min(connections.BATCH, len(self.undelivered)))]
            if not await asyncio.wrap_future(enqueue(deliver, batch, True)):
                self._may_have_missed(batch)
                raise ConnectionError("Redis takes no tasks")
