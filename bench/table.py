"""Figures as a table for people, and the arithmetic behind them."""

from dataclasses import dataclass, field


@dataclass
class Table:
    title: str
    head: list[str]
    rows: list[list[str]] = field(default_factory=list)
    note: str = ""

    def add(self, *cells: object) -> None:
        self.rows.append([str(cell) for cell in cells])

    def __str__(self) -> str:
        wide = [max(len(row[column]) for row in [self.head, *self.rows]) for column in range(len(self.head))]

        def line(cells: list[str]) -> str:
            return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, wide, strict=True)) + " |"

        rule = "|" + "|".join("-" * (width + 2) for width in wide) + "|"
        lines = ["", f"## {self.title}", "", line(self.head), rule, *map(line, self.rows)]
        return "\n".join([*lines, *(["", self.note] if self.note else [])])


def percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if abs(seconds) >= 0.01 else f"{seconds * 1000:.1f} ms"
