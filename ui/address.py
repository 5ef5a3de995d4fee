"""Addresses: the query of a page with changes, and ids read from one."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import QueryDict


def changed(query: QueryDict, *without: str, **changes: str | Sequence[str] | None) -> str:
    """The query as it stands in a link (`?a=1&b=2`), without some fields and with others set; several values in a
    sequence, and nothing takes the field away. `?` when nothing is left: the page without a query."""
    kept = query.copy()
    for name in (*without, *changes):
        kept.pop(name, None)
    for name, value in changes.items():
        if value:
            kept.setlist(name, [value] if isinstance(value, str) else list(value))
    return f"?{kept.urlencode()}"


def number(text: str) -> int:
    """The id that a text is, or 0; no database has ids beyond 63 bits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
