"""The geometry of the bars on Home: numbers in, places and heights out, as text for SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, BAR = 240, 60, 7
LINES = 3  # lines above the ground line


@dataclass(frozen=True)
class Bar:
    """A done part with a failed part on top of it."""

    x: str
    y: str
    height: str
    failed_y: str
    failed_height: str


def top(most: int) -> int:
    """The number at the upper edge: the least of 3, 6, 15, 30, 60, 150… that is not below."""
    scale = 1
    while True:
        for step in (1, 2, 5):
            if LINES * step * scale >= most:
                return LINES * step * scale
        scale *= 10


def bars(numbers: Sequence[tuple[int, int]]) -> list[Bar]:
    """One bar for each pair of done and failed."""
    upper = top(max((done + failed for done, failed in numbers), default=0))
    width = WIDTH / max(len(numbers), 1)
    drawn = []
    for place, (done, failed) in enumerate(numbers):
        ok, bad = done / upper * HEIGHT, failed / upper * HEIGHT
        drawn.append(
            Bar(
                f"{place * width + (width - BAR) / 2:.2f}",
                f"{HEIGHT - ok:.2f}",
                f"{ok:.2f}",
                f"{HEIGHT - ok - bad:.2f}",
                f"{bad:.2f}",
            )
        )
    return drawn


def split(numbers: Sequence[int], width: int = 1000) -> list[tuple[str, str]]:
    """Where each part of a whole begins and how wide it is; a part that is there can be seen."""
    whole = sum(numbers)
    least = 4
    wide = [max(number / whole * width, least) if number else 0 for number in numbers] if whole else []
    scale = width / sum(wide) if wide else 1
    parts, x = [], 0.0
    for each in wide:
        parts.append((f"{x:.2f}", f"{max(each * scale - 2, 0) if each else 0:.2f}"))
        x += each * scale
    return parts
