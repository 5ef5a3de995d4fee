"""How many devices fetch files at once, and how fast: places in this process, and when a place is likely to be free."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

STALLED = 120.0  # seconds without a byte taken: the place is given to another
LONGEST_WAIT = 1800.0  # seconds
FIRST_GUESS = 10.0  # seconds that a file takes, before any was fetched


@dataclass(eq=False)
class Place:
    """One of the places; `seen` is when bytes were last taken."""

    device: int
    began: float
    seen: float = 0.0


@dataclass
class Places:
    """Who fetches now, and who was told to come back. `most`: places; one device has one, its newest."""

    most: int
    taken: dict[int, Place] = field(default_factory=dict)
    waiting: dict[int, float] = field(default_factory=dict)  # device → when it was told to come back
    takes: float = FIRST_GUESS
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, device: int, now: float | None = None) -> Place | float:
        """A place, or in how many seconds to come back: each of those who wait has its share of the time that all of
        them need, so that a herd becomes a queue."""
        now = time.monotonic() if now is None else now
        with self.lock:
            self.taken = {pk: place for pk, place in self.taken.items() if place.seen > now - STALLED}
            self.waiting = {pk: back for pk, back in self.waiting.items() if back > now - STALLED}
            if device in self.taken or len(self.taken) < self.most:
                self.waiting.pop(device, None)
                self.taken[device] = place = Place(device, now, now)
                return place
            spread = self.takes * (1 + len(self.waiting) / self.most)
            pause = random.uniform(1, max(2.0, min(spread, LONGEST_WAIT)))  # noqa: S311
            self.waiting[device] = now + pause
            return pause

    def has(self, place: Place) -> bool:
        return self.taken.get(place.device) is place

    def leave(self, place: Place) -> None:
        with self.lock:
            if self.has(place):
                del self.taken[place.device]
                self.takes += (time.monotonic() - place.began - self.takes) / 8


async def paced(chunks: Iterator[bytes], places: Places, place: Place, per_second: int) -> AsyncIterator[bytes]:
    """Chunks no faster than so many bytes a second (0: as they come). Ends short when the device began anew."""
    sent = 0
    try:
        while places.has(place) and (chunk := await asyncio.to_thread(next, chunks, b"")):
            yield chunk
            sent += len(chunk)
            place.seen = time.monotonic()
            if per_second and (ahead := place.began + sent / per_second - place.seen) > 0:
                await asyncio.sleep(ahead)
    finally:
        places.leave(place)
        await asyncio.to_thread(chunks.close)  # type: ignore[attr-defined]
