"""Says whether an audit log was changed, and where. Needs Python 3.9 and nothing else; also the console's own check.

    python3 verify.py FILE...

A file holds what `manage.py audit export` writes, or the anchors that the console keeps outside its database: JSON, one
object a line. Each entry has its number, counted from 1, and its hash: SHA-256 of the entry without its hash and with
the hash of the entry before it as `previous` (64 zeros for the first), as JSON in ASCII with sorted keys and no spaces.
An anchor says which hash an entry had; `manage.py audit verify`, which has the key, looks at its signature too.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

START = "0" * 64  # stands before the first entry
MAX_FAULTS = 20  # that are told
CHANGED, MISSING, INSERTED = "changed", "missing", "inserted"
REWRITTEN, CUT_OFF, FORGED = "rewritten", "cut_off", "forged"
SENTENCES = {
    CHANGED: "Entry {first} was changed, or the hash of the entry before it.",
    MISSING: "Entries {first} to {last} are missing.",
    INSERTED: "Entry {first} does not belong here: it stands after entry {last}.",
    REWRITTEN: "Entries {first} to {last} are not those that were anchored: one was changed, and the hashes too.",
    CUT_OFF: "Entries {first} to {last} are missing at the end: there is an anchor for them.",
    FORGED: "An anchor was not signed by this console.",
}


class Fault(NamedTuple):
    kind: str
    first: int
    last: int

    def __str__(self) -> str:
        return SENTENCES[self.kind].format(first=self.first, last=self.last)


class Report(NamedTuple):
    """`last` and `hash` are those of the last entry; `anchored` is the last number for which there is an anchor."""

    last: int
    hash: str
    anchored: int
    faults: list[Fault]


def hash_of(entry: Mapping[str, Any], previous: str) -> str:
    facts = {**entry, "previous": previous}
    facts.pop("hash", None)
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def verify(entries: Iterable[Mapping[str, Any]], anchors: Iterable[Mapping[str, Any]]) -> Report:
    """Walks the entries in the order of their numbers. What an anchor says is believed before what the log says."""
    anchored: dict[int, set[str]] = {}
    for anchor in anchors:
        anchored.setdefault(int(anchor["number"]), set()).add(str(anchor["hash"]))
    faults: list[Fault] = []
    last, previous, sure = 0, START, 0  # sure: up to here an anchor agrees
    for entry in entries:
        number, its = int(entry["number"]), str(entry["hash"])
        if number <= last:
            faults.append(Fault(INSERTED, number, last))
            continue
        if number > last + 1:
            faults.append(Fault(MISSING, last + 1, number - 1))
        elif hash_of(entry, previous) != its:
            faults.append(Fault(CHANGED, number, number))
        if number in anchored:
            if anchored[number] != {its}:
                faults.append(Fault(REWRITTEN, sure + 1, number))
            sure = number
        last, previous = number, its
    newest = max(anchored, default=0)
    if newest > last:
        faults.append(Fault(CUT_OFF, last + 1, newest))
    return Report(last, previous, newest, faults)


def objects(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


def anchored_in(line: Mapping[str, Any]) -> dict[str, Any]:
    """What an anchor says: the text that was signed."""
    said: dict[str, Any] = json.loads(line["anchor"]["signed"])
    return said


def main(arguments: list[str]) -> int:
    """0: whole. 1: not. 2: the files cannot be read."""
    paths = [Path(argument) for argument in arguments]
    if not paths:
        print(__doc__, file=sys.stderr)  # noqa: T201
        return 2
    try:
        anchors = [anchored_in(each) for each in objects(paths) if "anchor" in each]
        report = verify((each for each in objects(paths) if "anchor" not in each), anchors)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"This is no export of an audit log: {error!r}", file=sys.stderr)  # noqa: T201
        return 2
    for line in told(report):
        print(line)  # noqa: T201
    return 1 if report.faults else 0


def told(report: Report) -> Iterator[str]:
    """The report as lines."""
    yield from map(str, report.faults[:MAX_FAULTS])
    if more := report.faults[MAX_FAULTS:]:
        yield f"And {len(more)} more."
    if not report.faults:
        yield f"Whole: {report.last} entries, of which {min(report.anchored, report.last)} are anchored."
    yield f"Head: {report.last} {report.hash}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
