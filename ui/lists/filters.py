"""What the filters of lists share."""

from __future__ import annotations

from typing import Any


def active(filterset: Any) -> bool:
    """Whether anything is searched or filtered at all."""
    return any(filterset.data.get(name) for name in filterset.filters) if filterset.data else False
