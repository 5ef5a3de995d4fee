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

from devices.stream import application as stream  # noqa: E402  (needs Django set up)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

STREAM = "/client/v1/stream"


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """The server's start and stop go to the stream, which has connections to open and close; Django has none."""
    if scope["type"] == "lifespan" or scope["path"] == STREAM:
        await stream(scope, receive, send)
    else:
        await django(scope, receive, send)  # type: ignore[arg-type]
