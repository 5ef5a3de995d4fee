"""A device or person that is new or changed gets its collections at once; a few of them, in a fixed number of queries.

Which queries fit is asked of the database, by the same conditions as for whole collections; only the sets, of at most
some hundred devices, are compared here.
"""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Iterable, Iterator
from itertools import islice

import structlog
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, Case, F, Value, When

from devices.collections.dependencies import edges, in_order
from devices.collections.membership_query import FIELD, MEMBER, WHAT, Definition, Kind, definitions
from devices.collections.queries import all_hold
from devices.collections.refresh import devices_of
from devices.models import Collection, CollectionRule, Device, Person
from devices.presence.tasks import policy_changed

BATCH = 200  # devices or persons at a time
ASKED = 100  # query rules in one statement

log = structlog.get_logger(__name__)


def refresh_device(device: Device) -> None:
    """The collections of a device that is new or changed."""
    refresh_devices([device.pk])


def refresh_devices(devices: Iterable[int]) -> None:
    _refresh(Kind.DEVICES, devices)


def refresh_person(person: Person) -> None:
    """The collections of a person who is new or changed."""
    refresh_persons([person.pk])


def refresh_persons(persons: Iterable[int]) -> None:
    _refresh(Kind.PERSONS, persons)


def _refresh(kind: str, members: Iterable[int]) -> None:
    waiting = iter(sorted(set(members)))
    while batch := list(islice(waiting, BATCH)):
        try:
            with transaction.atomic():
                _correct(kind, batch)
        except IntegrityError:  # a collection or the device itself was deleted meanwhile
            log.info("Memberships wait for the next refresh", kind=kind, members=len(batch))


def _correct(kind: str, batch: list[int]) -> None:
    name, model = FIELD[kind], MEMBER[kind]
    wanted = _wanted(kind, batch)
    present = {
        (collection, member): (pk, rule)
        for pk, collection, member, rule in model._default_manager.filter(
            **{f"{name}__in": batch}, collection__kind=kind
        ).values_list("pk", "collection", name, "rule")
    }
    # A collection that appeared since the rules were read is left to its own refresh.
    gone = [key for key in present if wanted.get(key, 0) is None]
    new = [key for key, rule in wanted.items() if rule and key not in present]
    moved = [key for key, rule in wanted.items() if rule and key in present and present[key][1] != rule]
    if gone:
        model._default_manager.filter(pk__in=[present[key][0] for key in gone]).delete()
    for key in moved:
        model._default_manager.filter(pk=present[key][0]).update(rule=wanted[key])
    model._default_manager.bulk_create(
        [model(collection_id=key[0], rule_id=wanted[key], **{f"{name}_id": key[1]}) for key in new],
        ignore_conflicts=True,
    )
    _tell(kind, [*gone, *new])


def _wanted(kind: str, batch: list[int]) -> dict[tuple[int, int], int | None]:
    """By (collection, member): the rule that makes them a member, or None."""
    known = definitions(kind=kind)
    direct = _direct(kind, batch)
    fitting = _fitting(kind, batch, known.values())
    there = set(WHAT[kind]._default_manager.filter(pk__in=batch).values_list("pk", flat=True))
    found: dict[tuple[int, int], int | None] = {}
    for pk in in_order(edges()):
        if pk not in known:
            continue
        definition = known[pk]
        for member in there:
            allowed = definition.limiting is None or found.get((definition.limiting, member)) is not None
            excluded = any(found.get((other, member)) is not None for other in definition.excludes)
            rules = [rule for rule, _ in definition.queries if (rule, member) in fitting]
            rules += [rule for rule, other in definition.includes if found.get((other, member)) is not None]
            rule = direct.get((pk, member)) or min(rules, default=None)
            found[pk, member] = rule if allowed and not excluded else None
    return found


def _direct(kind: str, batch: list[int]) -> dict[tuple[int, int], int]:
    name = FIELD[kind]
    rules = CollectionRule.objects.filter(kind=CollectionRule.Kind.DIRECT, **{f"{name}__in": batch}).order_by("-pk")
    return {(collection, member): pk for pk, collection, member in rules.values_list("pk", "collection", name)}


def _fitting(kind: str, batch: list[int], known: Iterable[Definition]) -> set[tuple[int, int]]:
    """The pairs (query rule, member) that fit."""
    fits = {rule: all_hold(conditions) for definition in known for rule, conditions in definition.queries}
    members = WHAT[kind]._default_manager.order_by().filter(pk__in=batch)
    found = set()
    for rules in _parts(list(fits)):
        asked = {
            f"rule_{rule}": Case(When(fits[rule], then=Value(True)), default=Value(False), output_field=BooleanField())
            for rule in rules
        }
        for row in members.annotate(**asked).values("pk", *asked):
            found |= {(rule, row["pk"]) for rule in rules if row[f"rule_{rule}"]}
    return found


def _parts(rules: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(rules), ASKED):
        yield rules[start : start + ASKED]


def _tell(kind: str, changed: Some[tuple[int, int]]) -> None:
    """As for whole collections: the pages and the policy of the devices concerned, when something is deployed there."""
    if not changed:
        return
    collections = {collection for collection, _ in changed}
    deployed = set(Collection.objects.filter(pk__in=collections, is_target=True).values_list("pk", flat=True))
    members = {member for collection, member in changed if collection in deployed}
    if members:
        concerned = list(devices_of(kind, members).values_list("pk", flat=True))
        Device.objects.filter(pk__in=concerned).update(revision=F("revision") + 1)
        policy_changed(concerned)
