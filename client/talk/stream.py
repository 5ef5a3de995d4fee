"""The open connection over which the console speaks first: server-sent events, read for as long as they come."""

from __future__ import annotations

import http.client
import json
import logging
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import Any, Callable, NamedTuple

from client.talk.backoff import Backoff
from client.talk.connection import Console, ConsoleError, Unauthorized

log = logging.getLogger("koppel")

SILENCE = 60.0  # seconds without a byte: the connection is dead
NO_EVENT = (ValueError, KeyError, TypeError)  # what came was none
STEADY = 30.0  # seconds after which a connection counts as a success
MAX_EVENT_BYTES = 16 * 1024 * 1024  # bytes of one event


class Event(NamedTuple):
    name: str
    data: str


class Parser:
    """Server-sent events out of bytes, however they are cut; comments and unknown fields are passed over."""

    def __init__(self) -> None:
        self._line: list[bytes] = []  # the pieces of a line that has no end yet
        self._size = 0  # of the event that has no end yet
        self._after_cr = False
        self._name = ""
        self._data: list[str] = []
        self._first = True

    def feed(self, chunk: bytes) -> Iterator[Event]:
        for line in self._lines(chunk):
            if self._first:
                self._first = False
                line = line[3:] if line.startswith(b"\xef\xbb\xbf") else line
            if not line:
                if self._data:
                    yield Event(self._name or "message", "\n".join(self._data))
                self._name, self._data, self._size = "", [], 0
                continue
            field, _, value = line.decode("utf-8", "replace").partition(":")
            value = value[1:] if value.startswith(" ") else value
            if field == "event":
                self._name = value
            elif field == "data":
                self._data.append(value)

    def _lines(self, chunk: bytes) -> Iterator[bytes]:
        """Whole lines, which end in LF, CR or CR LF; what is left waits for the next chunk."""
        if not chunk:
            return
        if self._after_cr:
            self._after_cr = False
            chunk = chunk[1:] if chunk.startswith(b"\n") else chunk
        self._size += len(chunk)
        if self._size > MAX_EVENT_BYTES:
            raise ValueError("an event of the stream is too large")
        self._after_cr = chunk.endswith(b"\r")
        *whole, rest = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for end in whole:
            yield b"".join([*self._line, end])
            self._line = []
        self._line.append(rest)


class Stream:
    """The loop that listens. `live` is set while bytes come; `connected` hears whether it was for the first time."""

    def __init__(
        self,
        console: Console,
        handle: Callable[[str, Any], None],
        connected: Callable[[bool], None],
        stop: threading.Event,
    ) -> None:
        self.console = console
        self.handle = handle
        self.connected = connected
        self.stop = stop
        self.wake = threading.Event()
        self.live = threading.Event()
        self._first = True

    def run(self) -> None:
        backoff = Backoff()
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                pause = self._listen()
            except Unauthorized as error:
                self.live.clear()
                pause = backoff.pause(error.retry_after)
                log.warning("The console does not know this device (%s). Trying again in %.0f s.", error, pause)
            except (ConsoleError, OSError, sqlite3.Error, http.client.HTTPException, *NO_EVENT) as error:
                self.live.clear()
                if time.monotonic() - began > STEADY:
                    backoff.reset()
                pause = backoff.pause(getattr(error, "retry_after", 0.0))
                log.warning("No stream: %s Trying again in %.1f s.", _sentence(error), pause)
            self.stop.wait(pause)

    def _listen(self) -> float:
        """Read one connection to its end; the pause before the next one when the console asked for it."""
        connection, response = self.console.stream(SILENCE)
        parser = Parser()
        try:
            while not self.stop.is_set():
                chunk = response.read1(64 * 1024)
                if not chunk:
                    raise ConsoleError("The console closed it.")
                if not self.live.is_set():
                    self.live.set()
                    log.info("Connected with the console at %s.", self.console.url)
                    self.connected(self._first)
                    self._first = False
                for event in parser.feed(chunk):
                    data = json.loads(event.data)
                    if event.name == "drain":
                        return random.uniform(0, float(data["wait"]))
                    self.handle(event.name, data)
        finally:
            response.close()
            connection.close()
        return 0.0


def _sentence(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text if text.endswith(".") else f"{text[:1].upper()}{text[1:]}."
