"""Listens on the channel of this process for as long as it lives, whatever Redis does."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from devices.presence.push import channel

ASK_AFTER = 5.0  # seconds of silence
DEAD_AFTER = 15.0

log = structlog.get_logger(__name__)


class Silent(Exception):
    """Redis does not answer any more."""


class Listener:
    """One subscription. `heard(message)` gets each message; `subscribed()` is called each time that it begins anew:
    what was published meanwhile is lost."""

    def __init__(self, process: UUID, heard: Callable[[Any], None], subscribed: Callable[[], None]) -> None:
        self.process, self.heard, self.subscribed = process, heard, subscribed
        self.redis = Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=2,
            socket_timeout=5,
            retry=Retry(NoBackoff(), 0),
        )

    async def listen(self) -> None:
        """Returns never; raises when the subscription breaks."""
        loop = asyncio.get_running_loop()
        async with self.redis.pubsub() as subscription:
            await subscription.subscribe(channel(self.process))
            last = loop.time()
            while True:
                message = await subscription.get_message(timeout=ASK_AFTER)
                if message is None:
                    if loop.time() - last > DEAD_AFTER:
                        raise Silent("Redis does not answer")
                    await subscription.ping()
                    continue
                last = loop.time()
                if message["type"] == "subscribe":
                    self.subscribed()
                elif message["type"] == "message":
                    self._take(message["data"])

    async def publish(self, process: UUID, text: str) -> None:
        """Tells another process something that it will find out by itself later: when it does not succeed, so be it."""
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.redis.publish(channel(process), text), 2)

    async def close(self) -> None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.redis.aclose(), 2)

    def _take(self, data: bytes) -> None:
        try:
            self.heard(json.loads(data))
        except Exception:
            log.exception("A message for the connected clients could not be used")
