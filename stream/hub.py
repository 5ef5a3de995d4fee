"""The connections of this process, by device: takes messages to them, and heartbeats by one wheel for all."""

import asyncio
from collections.abc import Callable, Iterable

from stream.connection import Connection

HEARTBEAT = 25  # seconds; the client takes 60 seconds of silence for a dead connection
BEAT = b":\n\n"


def frame(event: str, data: str) -> bytes:
    """One server-sent event; the data is JSON on one line."""
    return f"event: {event}\ndata: {data}\n\n".encode()


class Hub:
    """`changed(device, connected)` is called when a device gets a connection here, and when it loses its last one."""

    def __init__(self, changed: Callable[[int, bool], None]) -> None:
        self.changed = changed
        self.connections: dict[int, Connection] = {}
        self.wheel: list[set[Connection]] = [set() for _ in range(HEARTBEAT)]

    def add(self, connection: Connection) -> None:
        """A new connection of a device replaces the one it had."""
        old = self.connections.get(connection.device)
        self.connections[connection.device] = connection
        self._spoke(connection).add(connection)
        self.changed(connection.device, True)
        if old:
            old.cut()

    def remove(self, connection: Connection) -> None:
        self._spoke(connection).discard(connection)
        connection.close()
        if self.connections.get(connection.device) is connection:
            del self.connections[connection.device]
            self.changed(connection.device, False)

    def release(self, devices: Iterable[int]) -> None:
        """Lets go of devices that are not this process's any more."""
        for device in devices:
            if connection := self.connections.get(device):
                connection.cut()

    def push(self, event: str, data: str, devices: Iterable[int]) -> None:
        """Takes an event to those of the devices that are connected here."""
        ready = frame(event, data)
        for device in devices:
            if connection := self.connections.get(device):
                connection.push(ready)

    async def turn(self) -> None:
        """The wheel: each second another 25th part of the connections gets its heartbeat."""
        loop = asyncio.get_running_loop()
        turns, began = 0, loop.time()
        while True:
            turns += 1
            await asyncio.sleep(began + turns - loop.time())
            self.beat(turns)

    def beat(self, turn: int) -> None:
        for connection in tuple(self.wheel[turn % HEARTBEAT]):
            connection.heartbeat(BEAT)

    def _spoke(self, connection: Connection) -> set[Connection]:
        return self.wheel[connection.device % HEARTBEAT]
