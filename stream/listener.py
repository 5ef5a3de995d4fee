"""Listens on the channel of this process for as long as it lives, whatever Redis does."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from uuid import UUID

import structlog
from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from devices.presence.push import EVENTS, channel

ASK_AFTER = 5.0  # seconds of silence
DEAD_AFTER = 15.0
MAX_MESSAGE = 64 * 1024  # bytes; one names at most 500 devices
COMPLAIN_EVERY = 60.0  # seconds

log = structlog.get_logger(__name__)


class Silent(Exception):
    """Redis does not answer any more."""


class Listener:
    """One subscription. `heard(event, devices)` gets each message; `subscribed()` is called each time that it begins
    anew: what was published meanwhile is lost."""

    def __init__(self, process: UUID, heard: Callable[[str, list[int]], None], subscribed: Callable[[], None]) -> None:
        self.process, self.heard, self.subscribed = process, heard, subscribed
        self.unusable, self.complain_at = 0, 0.0
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
        """Whoever writes to Redis writes what they like: only names of events and numbers of devices get further."""
        try:
            if len(data) > MAX_MESSAGE:
                raise ValueError(f"{len(data)} bytes")
            told = json.loads(data)
            event, devices = told["event"], told["devices"]
            if event not in EVENTS or not isinstance(devices, list) or not all(type(each) is int for each in devices):
                raise ValueError("no event with devices")
        except Exception as error:
            self._complain(error)
        else:
            self.heard(event, devices)

    def _complain(self, error: Exception) -> None:
        self.unusable += 1
        now = time.monotonic()
        if now >= self.complain_at:
            self.complain_at = now + COMPLAIN_EVERY
            log.warning("Messages on Redis could not be used", so_far=self.unusable, last=f"{type(error).__name__}")
