"""A process full of simulated clients, and what it tells."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

from console.configuration.environment import ROOT


class Crowd:
    def __init__(self, url: str, first: int, number: int, mode: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.clients", url, str(first), str(number), mode],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.told: list[dict[str, Any]] = []
        self.news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self.news:
                self.told.append(json.loads(line))
                self.news.notify_all()

    def all(self, event: str) -> list[dict[str, Any]]:
        with self.news:
            return [each for each in self.told if each["event"] == event]

    def wait(self, event: str, number: int = 1, seconds: float = 120, **facts: Any) -> list[dict[str, Any]]:
        """Until so many of these were told; they are the answer."""

        def found() -> list[dict[str, Any]]:
            return [each for each in self.told if each["event"] == event and facts.items() <= each.items()]

        with self.news:
            if not self.news.wait_for(lambda: len(found()) >= number, seconds):
                raise SystemExit(f"Only {len(found())} of {number} “{event}” within {seconds} s.")
            return found()

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def crowd(url: str, number: int, mode: str = "listen", first: int = 0) -> Iterator[Crowd]:
    """So many clients, all of them connected."""
    made = Crowd(url, first, number, mode)
    try:
        made.wait("connected")
        yield made
    finally:
        made.end()
