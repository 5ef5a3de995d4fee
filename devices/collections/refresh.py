"""Keeps the members of collections right: of some and what depends on them, or of all.

Whole collections are compared and corrected in SQL, whatever their size. Each row keeps the rule that made the member.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from devices.collections.dependencies import dependents, edges, in_order
from devices.collections.membership_query import FIELD, MEMBER, Definition, Kind, definitions
from devices.models import Collection, Device, SignIn
from devices.presence.tasks import policy_changed

PATIENCE = 20.0  # seconds of each minute, at most, for looking whether all is right

log = structlog.get_logger(__name__)


def refresh(collections: Iterable[int], now: datetime) -> int:
    """Correct these collections (ids) and all that depend on them; in how many something changed."""
    graph = edges()
    return _refresh(in_order(graph), dependents(graph, collections), now)


def refresh_all(now: datetime, patience: float = PATIENCE) -> int:
    """Correct every collection; in how many something changed.

    What does not fit in `patience` seconds comes first the next time: whoever was refreshed longest ago is first, and
    those of the same moment in the order of what they are made of.
    """
    refreshed = dict(Collection.objects.order_by().values_list("pk", "refreshed_at"))
    never = datetime.min.replace(tzinfo=UTC)
    ordered = sorted(in_order(edges()), key=lambda pk: refreshed.get(pk) or never)
    return _refresh(ordered, set(ordered), now, patience)


def _refresh(ordered: Iterable[int], wanted: set[int], now: datetime, patience: float = float("inf")) -> int:
    changed = 0
    known = definitions(wanted)
    enough = time.monotonic() + patience
    for pk in ordered:
        if pk not in known:
            continue
        if time.monotonic() > enough:
            break
        try:
            changed += _refresh_one(known[pk], now)
        except DatabaseError:  # it was deleted meanwhile, or somebody else writes the same: the next time
            log.exception("A collection could not be refreshed", collection=pk)
    return changed


def _refresh_one(definition: Definition, now: datetime) -> bool:
    """Looks without a lock first: mostly nothing changed."""
    missing, stale = differences(definition)
    different = missing.exists() or stale.exists()
    with transaction.atomic():
        if different and Collection.objects.select_for_update(no_key=True).filter(pk=definition.pk).exists():
            _tell(definition, missing, stale)
            stale.delete()
            _insert(definition, missing)
        there = MEMBER[definition.kind]._default_manager.filter(collection=definition.pk)
        Collection.objects.filter(pk=definition.pk).update(refreshed_at=now, member_count=there.count())
    return different


def differences(definition: Definition) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Who is missing (devices or persons, with `now`), and the rows of members with `now` whom no rule or another rule
    makes a member today."""
    name = FIELD[definition.kind]
    there = MEMBER[definition.kind]._default_manager.filter(collection=definition.pk, **{name: OuterRef("pk")})
    members = definition.members().annotate(made_by=Coalesce("rule_id", Value(0, BigIntegerField())))
    return definition.wanted().filter(~Exists(there)), members.filter(~Q(made_by=F("now")))


def _insert(definition: Definition, missing: QuerySet[Any]) -> None:
    """Missing anew: who was removed because another rule made them a member comes back with that rule."""
    model = MEMBER[definition.kind]
    columns = [f"{name}_id" for name in ("collection", FIELD[definition.kind], "rule")]
    rows = missing.annotate(of=Value(definition.pk, BigIntegerField())).values_list("of", "pk", "now")
    sql, parameters = rows.query.sql_with_params()
    insert = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) {sql} ON CONFLICT DO NOTHING"
    with connection.cursor() as cursor:
        cursor.execute(insert, parameters)


def _tell(definition: Definition, missing: QuerySet[Any], stale: QuerySet[Any]) -> None:
    """The pages of the devices concerned change, and their policy, when something is deployed to the collection."""
    if not Collection.objects.filter(pk=definition.pk, is_target=True).exists():
        return
    gone = stale.filter(now=0).values_list(FIELD[definition.kind])
    concerned = devices_of(definition.kind, missing.values_list("pk").union(gone))
    # Locked in order, as all who write many devices do, so that nobody waits for another in a circle.
    rows = concerned.order_by("pk").select_for_update(no_key=True).values("pk")
    sql, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS locked", parameters)  # noqa: S608
    policy_changed(concerned.filter(stream__isnull=False).values_list("pk", flat=True))
    concerned.update(revision=F("revision") + 1)


def devices_of(kind: str, members: Any) -> QuerySet[Device]:
    """The devices that are these, or on which these persons are primary user or signed in."""
    if kind == Kind.DEVICES:
        return Device.objects.order_by().filter(pk__in=members)
    signed_in = SignIn.objects.filter(person__in=members).values("device")
    return Device.objects.order_by().filter(Q(primary_user__in=members) | Q(pk__in=signed_in))
