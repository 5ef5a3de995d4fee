"""One door for both: the clients' stream is a raw ASGI application, everything else is Django."""

import os
import warnings
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
# WhiteNoise gives files as plain iterators, which Django reads whole: ours are small.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
django = get_asgi_application()

from stream import application as stream  # noqa: E402  (needs Django set up)
from stream.app import refuse  # noqa: E402

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

STREAM = "/client/v1/stream"
MAX_BYTES = 4 * 1024**2  # of a body; the largest that is meant is an import of persons


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """The server's start and stop go to the stream, which has connections to open and close; Django has none."""
    if scope["type"] == "lifespan" or scope["path"] == STREAM:
        await stream(scope, receive, send)
        return
    try:
        await django(scope, limited(receive), send)  # type: ignore[arg-type]
    except TooLarge:
        sentence = f"The message is larger than {MAX_BYTES // 1024**2} MB."
        await refuse(send, 413, "too_large", sentence, (b"connection", b"close"))


class TooLarge(Exception):
    """Somebody sends more than any page or client has to say."""


def limited(receive: Receive) -> Receive:
    """Django writes a body to the disk before it asks who sent it; this one ends in time."""
    got = 0

    async def receive_some() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > MAX_BYTES:
            raise TooLarge
        return message

    return receive_some
