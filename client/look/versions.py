"""Version numbers: finding one in a text, and whether it is at least another."""

from __future__ import annotations

import re

# A letter may stand before it: OpenSSH_9.2p1, go1.21.5, n6.1.
DOTTED = re.compile(r"(?<![0-9.])(\d+(?:\.\d+)+(?:[.~+_-]?[0-9A-Za-z]+)*)")
PLAIN = re.compile(r"(?<![0-9A-Za-z._-])v?(\d+)(?![0-9A-Za-z-])")
NAMED = re.compile(r"\b(?:version|release|ver\.?)[\s:=]*v?(\d+)(?![0-9A-Za-z-])", re.IGNORECASE)
FOUR_NUMBERS = re.compile(r"(?<![0-9.,])(\d+), ?(\d+), ?(\d+), ?(\d+)(?![0-9,])")  # as Windows writes them
COPYRIGHT = re.compile(r"©|\(c\)|copyright", re.IGNORECASE)
ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")

# What comes before the release that it is named after; "a", "b" and "c" only before a number: 1.1.1b is no beta.
PRE_RELEASE = re.compile(
    r"(?<=\d)[-._]?(?:(?P<early>dev|snapshot|nightly)|(?P<word>alpha|beta|preview|pre|rc)|(?P<letter>[abc])(?=\d))"
    r"(?![a-z])",
    re.IGNORECASE,
)
NOTHING = ([0], 0)
NUMBERS = re.compile(r"\d+(\.\d+)*")


def first_in(text: str) -> str:
    """The first version number in a text, one with a dot if there is: "7-Zip 24.08 (x64)" gives "24.08"; without one
    the number after the word version, else the first that is not of a copyright line."""
    text = FOUR_NUMBERS.sub(r"\1.\2.\3.\4", ESCAPE.sub("", text))
    lines = "\n".join(line for line in text.splitlines() if not COPYRIGHT.search(line))
    found = DOTTED.search(text) or NAMED.search(text) or PLAIN.search(lines)
    return found.group(1) if found else ""


def at_least(found: str, wanted: str, *, packaged: bool = False) -> bool:
    """In Debian's order ("~" before the end), but 3.0 is 3.0.0, and an epoch counts only when `wanted` has one.

    `packaged`: both are of a package, whose maker writes "~" where something comes before a release; elsewhere rc, beta
    and the like do.
    """
    if ":" not in wanted:
        found = found.split(":", 1)[-1]
    if not packaged:
        found, wanted = _released(found), _released(wanted)
    (epoch, upstream, revision), (wanted_epoch, wanted_upstream, wanted_revision) = _pieces(found), _pieces(wanted)
    missing = wanted_upstream.count(".") - upstream.count(".")
    if NUMBERS.fullmatch(upstream) and NUMBERS.fullmatch(wanted_upstream):
        upstream += ".0" * missing
    key = epoch, _parts(upstream), _parts(revision)
    return key >= (wanted_epoch, _parts(wanted_upstream), _parts(wanted_revision))


def _released(version: str) -> str:
    """2.0.0-rc.1 as 2.0.0~rc.1, in Debian's way of writing that it comes before."""
    return PRE_RELEASE.sub(_before_release, version)


def _before_release(match: re.Match[str]) -> str:
    if match["early"]:
        return f"~~{match['early'].lower()}"
    return f"~{(match['word'] or match['letter']).lower()}"


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
