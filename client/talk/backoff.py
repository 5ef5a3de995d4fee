"""Growing pauses: doubling, with full jitter, from the start again after a success."""

from __future__ import annotations

import random


class Backoff:
    """Pauses in seconds: anything up to `first`, then up to twice that, at most `max_pause`."""

    def __init__(self, first: float = 1.0, max_pause: float = 300.0) -> None:
        self.first = first
        self.max_pause = max_pause
        self.failures = 0

    def pause(self, at_least: float = 0.0) -> float:
        """How long to wait after one more failure; `at_least` is what the console asked for (Retry-After)."""
        ceiling = min(self.max_pause, self.first * 2 ** min(self.failures, 30))
        self.failures += 1
        return at_least + random.uniform(0, ceiling)

    def reset(self) -> None:
        self.failures = 0
