"""One connection and the wheel of heartbeats, without a server: what is said, in which order, and when it is enough."""

import asyncio

import pytest

from stream.connection import LIMIT, Connection
from stream.hub import BEAT, HEARTBEAT, Hub, frame


class Peer:
    """ASGI's `send` with somebody behind it who reads, or does not."""

    def __init__(self, reads: bool = True) -> None:
        self.said = b""
        self.ended = False
        self.reads = asyncio.Event()
        if reads:
            self.reads.set()

    async def send(self, message) -> None:
        await self.reads.wait()
        self.said += message["body"]
        self.ended = not message["more_body"]


async def held(hub: Hub, device: int, peer: Peer) -> Connection:
    """A connection as the application holds it: in a task that waits."""
    ready: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()

    async def hold() -> None:
        connection = Connection(device, peer.send)
        hub.add(connection)
        ready.set_result(connection)
        try:
            await asyncio.Event().wait()
        finally:
            hub.remove(connection)

    task = asyncio.create_task(hold())
    connection = await ready
    assert connection.task is task
    return connection


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def a_hub() -> tuple[Hub, list[tuple[int, bool]]]:
    changes: list[tuple[int, bool]] = []
    return Hub(lambda device, connected: changes.append((device, connected))), changes


def test_what_is_pushed_arrives_in_order_and_only_where_it_should():
    async def story():
        hub, changes = a_hub()
        one, two = Peer(), Peer()
        await held(hub, 1, one)
        await held(hub, 2, two)
        hub.push("requests", '{"n":1}', [1])
        hub.push("requests", '{"n":2}', [1, 2, 3])
        hub.push("policy", "{}", [1])
        await settled()
        assert one.said == frame("requests", '{"n":1}') + frame("requests", '{"n":2}') + frame("policy", "{}")
        assert two.said == frame("requests", '{"n":2}')
        assert changes == [(1, True), (2, True)]

    asyncio.run(story())


def test_who_does_not_read_is_cut_off_before_too_much_waits():
    async def story():
        hub, changes = a_hub()
        peer = Peer(reads=False)
        connection = await held(hub, 1, peer)
        for _ in range(20):
            hub.push("requests", "x" * (LIMIT // 8), [1])
            await settled()
            assert connection.size < LIMIT * 1.2
        assert not connection.open
        assert changes == [(1, True), (1, False)]
        assert not hub.connections

    asyncio.run(story())


def test_one_large_message_is_not_too_much():
    async def story():
        hub, _ = a_hub()
        peer = Peer()
        await held(hub, 1, peer)
        hub.push("requests", "x" * LIMIT * 3, [1])
        await settled()
        assert len(peer.said) > LIMIT * 3

    asyncio.run(story())


def test_who_is_still_busy_at_the_second_heartbeat_is_cut_off():
    async def story():
        hub, _ = a_hub()
        peer = Peer(reads=False)
        connection = await held(hub, 1, peer)
        connection.push(b"something")
        await settled()
        hub.beat(1)
        assert connection.open
        hub.beat(1)
        assert not connection.open

    asyncio.run(story())


def test_who_was_busy_and_caught_up_stays():
    async def story():
        hub, _ = a_hub()
        peer = Peer(reads=False)
        connection = await held(hub, 1, peer)
        connection.push(b"something")
        await settled()
        hub.beat(1)
        peer.reads.set()
        await settled()
        hub.beat(1)
        await settled()
        assert connection.open
        assert peer.said == b"something" + BEAT

    asyncio.run(story())


def test_in_one_turn_of_the_wheel_everybody_gets_one_heartbeat():
    async def story():
        hub, _ = a_hub()
        peers = {device: Peer() for device in range(1, 101)}
        for device, peer in peers.items():
            await held(hub, device, peer)
        hub.beat(0)
        await settled()
        assert sum(bool(peer.said) for peer in peers.values()) == 100 / HEARTBEAT, "a part each second"
        for turn in range(1, HEARTBEAT):
            hub.beat(turn)
        await settled()
        assert {peer.said for peer in peers.values()} == {BEAT}

    asyncio.run(story())


def test_the_end_of_a_replaced_connection_changes_nothing():
    async def story():
        hub, changes = a_hub()
        old = await held(hub, 1, Peer())
        new = await held(hub, 1, Peer())
        await settled()
        assert not old.open
        assert hub.connections == {1: new}
        assert changes == [(1, True), (1, True)]
        assert {connection for spoke in hub.wheel for connection in spoke} == {new}

    asyncio.run(story())


@pytest.mark.parametrize("reads", [True, False])
def test_a_last_word_ends_the_answer_once_it_is_said(reads):
    async def story():
        hub, _ = a_hub()
        peer = Peer(reads=reads)
        connection = await held(hub, 1, peer)
        connection.push(b"first ")
        connection.finish(b"last")
        connection.push(b"too late")
        await settled()
        assert peer.said == (b"first last" if reads else b"")
        assert peer.ended is reads

    asyncio.run(story())
