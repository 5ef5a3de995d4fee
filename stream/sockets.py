"""The socket under a connection: made to notice a peer that vanished, and cut off when nothing else helps."""

import asyncio
import contextlib
import resource
import socket
import sys

from stream.asgi import Send

RESERVED = 500  # open files for pages, the database, Redis

# A heartbeat goes out every 25 s; what is not confirmed within 30 s ends the connection, well within the minute of R23.
OPTIONS = (
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 30),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 10),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 30_000),
)


def transport_of(send: Send) -> asyncio.Transport | None:
    """The transport behind ASGI's `send`, which ASGI itself does not offer: uvicorn's, None with another server."""
    return getattr(getattr(send, "__self__", None), "transport", None)


def watch(transport: asyncio.Transport | None) -> None:
    """Lets the system find out that the peer is gone, also when nothing is said."""
    found = transport.get_extra_info("socket") if transport else None
    if found is None or found.family not in (socket.AF_INET, socket.AF_INET6):
        return
    with contextlib.suppress(OSError), socket.fromfd(found.fileno(), found.family, found.type) as own:
        for level, name, value in OPTIONS:
            if hasattr(socket, name):
                own.setsockopt(level, getattr(socket, name), value)


def room() -> int:
    """How many connections one process can hold: its open files, but for what the rest of it needs."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if limit == resource.RLIM_INFINITY else max(limit - RESERVED, limit // 2)
