"""The parts of a page that change by themselves: drawn once, for the page as well as for the poll.

The poll brings along, for each part, a digest of what the browser shows; only what differs is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zlib import crc32

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SEPARATOR, PAIR = ".", "-"


@dataclass(frozen=True)
class Part:
    """Some elements of a page that change together. `pieces`: id of the element → what stands in it."""

    key: str
    pieces: Mapping[str, SafeString] = field(default_factory=dict)
    state: str = "0"  # a digit; a change of it is said to who cannot see the page

    @property
    def digest(self) -> str:
        return self.state + format(crc32("".join(self.pieces.values()).encode()), "x")


def digests(parts: Iterable[Part], shown: Mapping[str, str] | None = None) -> str:
    """What the page shows, for the address of the next poll: `7-2a1b2c3d4.facts-0ab12cd34`. `shown`: digests by key of
    what it showed before, and still does where no part takes its place."""
    known = {**(shown or {}), **{part.key: part.digest for part in parts}}
    return SEPARATOR.join(f"{key}{PAIR}{digest}" for key, digest in known.items())


def seen(text: str) -> dict[str, str]:
    """The digests that the poll brought along, by key; what makes no sense is left out and thereby sent anew."""
    pairs = (pair.rpartition(PAIR) for pair in text.split(SEPARATOR))
    return {key: digest for key, _, digest in pairs if key}


def pieces_of(parts: Iterable[Part]) -> dict[str, SafeString]:
    """For a template: id of the element → what stands in it."""
    return {identifier: piece for part in parts for identifier, piece in part.pieces.items()}


def out_of_band(parts: Iterable[Part]) -> SafeString:
    """The parts as htmx puts them into the page: the inside of elements is replaced, the elements stay."""
    pieces = pieces_of(parts).items()
    return format_html_join("\n", '<span id="{}" hx-swap-oob="innerHTML">{}</span>', pieces)


def element(identifier: str, inside: SafeString, css: str = "") -> SafeString:
    """An element that a part fills."""
    if css:
        return format_html('<span id="{}" class="{}">{}</span>', identifier, css, inside)
    return format_html('<span id="{}">{}</span>', identifier, inside)
