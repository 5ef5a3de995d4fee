"""Loops that an error does not end."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog
from django.db import DatabaseError
from redis.exceptions import RedisError

from stream.listener import Silent

FIRST_PAUSE, MAX_PAUSE = 0.25, 10.0  # seconds
STEADY = 30.0  # seconds after which a step that fails is no longer one that does not succeed
EXPECTED = (DatabaseError, RedisError, OSError, Silent)  # somebody else is down; no need for a traceback

log = structlog.get_logger(__name__)


async def forever(step: Callable[[], Awaitable[None]]) -> None:
    """Does the step again and again; after an error with a pause that doubles, with jitter."""
    loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
    while True:
        began = loop.time()
        try:
            await step()
        except Exception as error:
            if loop.time() - began > STEADY:
                pause = FIRST_PAUSE
            name = getattr(step, "__qualname__", str(step))
            log.warning(
                "A loop of the stream failed and goes on",
                loop=name,
                error=str(error),
                pause=round(pause, 2),
                exc_info=not isinstance(error, EXPECTED),
            )
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  (no secret)
            pause = min(2 * pause, MAX_PAUSE)
        else:
            pause = FIRST_PAUSE
