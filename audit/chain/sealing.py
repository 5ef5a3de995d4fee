"""Seals the entries of the audit log: gives each its number and its hash, in one order, by one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.db import transaction
from django.db.models import Manager

from audit.chain.verify import START, hash_of

BATCH = 200  # entries sealed in one transaction: others who write wait milliseconds


def seal(entries: Manager[Any], most: int | None = None) -> int:
    """Seal what waits, all of it or about so many; how many that were. `entries` is the manager, so that a migration
    can bring its own."""
    sealed = 0
    while (most is None or sealed < most) and (number := _seal_some(entries)):
        sealed += number
    return sealed


@transaction.atomic
def _seal_some(entries: Manager[Any]) -> int:
    """Who seals at the same moment waits for these rows, and then finds them sealed and the head moved on. The unique
    number is what holds the order, whatever happens."""
    batch = list(entries.select_for_update().filter(number=None).order_by("pk")[:BATCH])
    if not batch:
        return 0
    number, previous = head(entries)
    for number, entry in enumerate(batch, number + 1):  # noqa: B020
        entry.number = number
        entry.hash = previous = hash_of(facts_of(entry), previous)
    # One statement for many rows; none is new, so that only these two columns are written.
    entries.bulk_create(batch, update_conflicts=True, unique_fields=["id"], update_fields=["number", "hash"])
    return len(batch)


def head(entries: Manager[Any]) -> tuple[int, str]:
    """Number and hash of the last entry that is sealed."""
    last = entries.exclude(number=None).order_by("-number").values_list("number", "hash").first()
    return last or (0, START)


def sealed_lines(entries: Manager[Any]) -> Iterator[dict[str, Any]]:
    """Every sealed entry, as it is exported and verified."""
    for entry in entries.exclude(number=None).order_by("number").iterator(chunk_size=2000):
        yield {**facts_of(entry), "hash": entry.hash}


def facts_of(entry: Any) -> dict[str, Any]:
    """What is sealed. Without the account, which may be deleted: who it was stays as a name."""
    return {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "verb": entry.verb,
        "actor": entry.actor,
        "address": entry.address,
        "device": entry.device_id,
        "kind": entry.kind,
        "object": entry.object_id,
        "name": entry.name,
        "facts": entry.facts,
        "private": entry.private,
    }
