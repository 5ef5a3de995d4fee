"""A client that only listens: reads the stream as the protocol says, for tests."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit


class Ended(Exception):
    """The console ended the stream."""


class Listening:
    """One open stream. Reads bytes itself, so that a test can also refuse to read."""

    def __init__(self, url: str, secret: str, patience: float = 10.0, **headers: str) -> None:
        place = urlsplit(url)
        self.socket = socket.create_connection((place.hostname or "", place.port or 80), timeout=patience)
        self.socket.sendall(
            b"GET /client/v1/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
            + "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()).encode()
            + f"Authorization: Bearer {secret}\r\n\r\n".encode()
        )
        self.bytes = b""
        self.text = b""
        head = self._until(b"\r\n\r\n").decode().split("\r\n")
        self.status = int(head[0].split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        self.over = self.status != 200

    def body(self) -> Any:
        """The answer of a console that refused."""
        length = int(self.headers["content-length"])
        while len(self.bytes) < length:
            self._more()
        return json.loads(self.bytes)

    def event(self) -> tuple[str, Any]:
        """The next event: its name and its data; comments are skipped."""
        while True:
            block = self.block()
            if not block.startswith(":"):
                fields = dict(line.split(": ", 1) for line in block.splitlines())
                return fields["event"], json.loads(fields["data"])

    def block(self) -> str:
        """The next event or comment as it is."""
        while b"\n\n" not in self.text:
            size = int(self._until(b"\r\n"), 16)
            while len(self.bytes) < size + 2:
                self._more()
            self.text, self.bytes = self.text + self.bytes[:size], self.bytes[size + 2 :]
            if not size:
                raise Ended
        block, _, self.text = self.text.partition(b"\n\n")
        return block.decode()

    def ended(self) -> bool:
        """Reads until the console ends it."""
        try:
            while True:
                self.block()
        except (Ended, ConnectionError):
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self.socket.close()

    def _until(self, end: bytes) -> bytes:
        while end not in self.bytes:
            self._more()
        found, _, self.bytes = self.bytes.partition(end)
        return found

    def _more(self) -> None:
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("closed")
        self.bytes += more
