"""What is wrong with something that somebody wrote: a sentence, what fills it in, and the part that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """`sentence` is English and translatable; `part` names the part of the thing that is wrong, if one part is."""

    sentence: str
    facts: Mapping[str, object] = field(default_factory=dict)
    part: str = ""

    def __str__(self) -> str:
        return self.sentence % self.facts
