"""GET /client/v1/stream as a raw ASGI application: who may connect, and what everybody else is told."""

import asyncio
import contextlib
import json
import signal
import threading
from types import FrameType

import structlog

from devices.presence.identity import Seen, told_in
from stream.asgi import Message, Receive, Send
from stream.connection import Connection
from stream.hub import BEAT
from stream.process import Process
from stream.sockets import room, transport_of, watch
from stream.tokens import digest_of

PATH = "/client/v1/stream"
BEARER = b"bearer "
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

log = structlog.get_logger(__name__)


class Stream:
    """The application. The server's lifespan starts and ends the process behind it."""

    def __init__(self) -> None:
        self.process: Process | None = None
        self.room = room()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["path"] != PATH:
            await refuse(send, 404, "not_found", "There is nothing here.")
        elif scope["method"] != "GET":
            await refuse(send, 405, "method_not_allowed", "The stream is read with GET.", (b"allow", b"GET"))
        else:
            await self.connect(scope, receive, send)

    async def live(self, receive: Receive, send: Send) -> None:
        while True:
            event = (await receive())["type"]
            if event == "lifespan.startup":
                self.process = Process()
                await self.process.start()
                drain_on_sigterm(self.process)
                await send({"type": "lifespan.startup.complete"})
            elif event == "lifespan.shutdown":
                if self.process:
                    await self.process.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def connect(self, scope: Message, receive: Receive, send: Send) -> None:
        process = self.process
        if process is None or process.draining or len(process.hub.connections) >= self.room:
            await later(send, "This process takes no connections now.")
            return
        secret = bearer(scope)
        try:
            device = await process.tokens.device(secret) if secret else None
        except Exception as error:
            log.warning("Whose secret this is could not be asked", error=str(error))
            await later(send, "The database does not answer.")
            return
        if device is None:
            sentence = "This secret is not known." if secret else "The secret is missing: send Authorization: Bearer."
            await refuse(send, 401, "unauthorized", sentence, (b"www-authenticate", b"Bearer"))
        elif process.draining:
            await later(send, "This process is ending.")
        else:
            await hold(process, Connection(device, send, digest_of(secret), seen_in(scope)), receive)


application = Stream()


async def hold(process: Process, connection: Connection, receive: Receive) -> None:
    """Keeps one connection until the client, or we, end it."""
    send = connection.send
    watch(transport_of(send))
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BEAT, "more_body": True})
    process.hub.add(connection)
    try:
        while (await receive())["type"] != "http.disconnect":
            pass
    except asyncio.CancelledError:
        if connection.open:  # not cut by us
            raise
    finally:
        process.hub.remove(connection)


def bearer(scope: Message) -> bytes:
    """The secret that the client sent; empty when it sent none."""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[: len(BEARER)].lower() == BEARER:
            return bytes(value[len(BEARER) :].strip())
    return b""


def seen_in(scope: Message) -> Seen:
    """Which machine the client says it is."""
    return told_in({name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]})


async def later(send: Send, sentence: str) -> None:
    await refuse(send, 503, "unavailable", sentence, (b"retry-after", b"5"))


async def refuse(send: Send, status: int, code: str, sentence: str, *headers: tuple[bytes, bytes]) -> None:
    body = json.dumps({"detail": sentence, "code": code}, ensure_ascii=False).encode()
    own = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})


def drain_on_sigterm(process: Process) -> None:
    """Servers wait for open answers to end before they say that they stop, and ours never end: so we hear it from the
    signal itself, and pass it on."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def handle(received: int, where: FrameType | None, before=before) -> None:  # type: ignore[no-untyped-def]
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(process.drain)
            if callable(before):
                before(received, where)

        signal.signal(number, handle)
