"""Version numbers: finding one in a text, and whether it is at least another."""

from __future__ import annotations

import re

DOTTED = re.compile(r"(?<![0-9A-Za-z._])v?(\d+(?:\.\d+)+(?:[.~+_-]?[0-9A-Za-z]+)*)")
PLAIN = re.compile(r"(?<![0-9A-Za-z._])v?(\d+)(?![0-9A-Za-z])")

NOTHING = ([0], 0)
NUMBERS = re.compile(r"\d+(\.\d+)*")


def first_in(text: str) -> str:
    """The first version number in a text, one with a dot if there is: "7-Zip 24.08 (x64)" gives "24.08"."""
    found = DOTTED.search(text) or PLAIN.search(text)
    return found.group(1) if found else ""


def at_least(found: str, wanted: str) -> bool:
    """In Debian's order ("~" before the end), but 3.0 is 3.0.0, and an epoch counts only when `wanted` has one."""
    if ":" not in wanted:
        found = found.split(":", 1)[-1]
    (epoch, upstream, revision), (wanted_epoch, wanted_upstream, wanted_revision) = _pieces(found), _pieces(wanted)
    missing = wanted_upstream.count(".") - upstream.count(".")
    if NUMBERS.fullmatch(upstream) and NUMBERS.fullmatch(wanted_upstream):
        upstream += ".0" * missing
    key = epoch, _parts(upstream), _parts(revision)
    return key >= (wanted_epoch, _parts(wanted_upstream), _parts(wanted_revision))


def _pieces(version: str) -> tuple[int, str, str]:
    """Epoch, upstream version, revision."""
    epoch, _, rest = version.strip().rpartition(":")
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch) if epoch.isdigit() else 0, upstream, revision


def _parts(text: str) -> list:
    """Alternately the characters between numbers and the numbers; nothing is as much as 0 at the end."""
    pairs = re.findall(r"(\D*)(\d*)", text)
    parts = [([_rank(char) for char in between] + [0], int(digits or 0)) for between, digits in pairs]
    while parts and parts[-1] == NOTHING:
        parts.pop()
    return [*parts, NOTHING, NOTHING]  # twice, because a text may begin with 0 and go on


def _rank(char: str) -> int:
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else 1_000 + ord(char)
