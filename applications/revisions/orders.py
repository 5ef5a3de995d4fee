"""Signs what is asked of a device at the moment when it is delivered, and reads it for whoever takes it there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from applications.models import Application, Order, Request, Revision
from applications.rules.words import Action
from applications.status.facts import Situation
from signing.envelope import Envelope, canonical
from signing.keys import keys

ORDER = "order"  # the kind of envelope
LIFETIME = timedelta(days=2)  # until a device takes it no more; long enough for a clock that is a day off


def sign(requests: Sequence[Request], now: datetime) -> None:
    """Sign these requests in place of what was signed of them before, in a fixed number of queries. `device__site`,
    `target` and `person` are loaded."""
    parts = _parts(requests, now)
    revisions = _revisions(part.pk for found in parts for part in found)
    mine, orders = keys(), []
    for request, found in zip(requests, parts, strict=True):
        steps = [revisions[part.pk] for part in found if part.pk in revisions]
        if len(steps) < len(found):
            continue  # not delivered: the rules say so (`not_signed`)
        envelope = mine.sign(ORDER, canonical(_order(request, steps, now)))
        orders.append(Order(request=request, revisions=[step.pk for step in steps], **envelope))
    fields = ["signed", "key", "signature", "revisions"]
    Order.objects.bulk_create(orders, update_conflicts=True, unique_fields=["request"], update_fields=fields)


def as_delivered(requests: QuerySet[Request]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The device (id) and what its client gets of each of these requests: what was signed, and nothing else that
    counts."""
    ordered = list(requests.filter(order__isnull=False).select_related("order"))
    definitions = Revision.objects.in_bulk({pk for request in ordered for pk in request.order.revisions})
    for request in ordered:
        order = request.order
        envelope: Envelope = {"signed": order.signed, "key": order.key, "signature": order.signature}
        named = [definitions[pk].envelope for pk in order.revisions if pk in definitions]
        about = {"id": str(request.pk), "state": request.state}
        yield request.device_id, {**about, "order": envelope, "definitions": named}


def _order(request: Request, steps: Iterable[Revision], now: datetime) -> dict[str, Any]:
    target = request.target
    return {
        "request": str(request.pk),
        "device": request.device_id,
        "action": request.action,
        "application": {"id": target.pk, "name": target.name, "version": target.version},
        "steps": [{"application": step.application_id, "revision": step.number} for step in steps],
        "person": request.person.username if request.person else None,
        "sync_policy": request.sync_policy,
        "issued": now.isoformat(),
        "expires": (now + LIFETIME).isoformat(),
    }


def _revisions(applications: Iterable[int]) -> dict[int, Revision]:
    """The present revision of each application (id)."""
    found = Revision.objects.filter(current_of__in=set(applications)).only("application", "number")
    return {each.application_id: each for each in found}


def _parts(requests: Sequence[Request], now: datetime) -> list[list[Application]]:
    """Of each request what is handled, one after the other: of a group its members in order, and for uninstalling the
    other way round; each by the rules of supersedence (R13, R15)."""
    groups = [request for request in requests if request.target.is_group]
    if not groups:
        return [[request.target] for request in requests]
    devices = list({request.device_id: request.device for request in groups}.values())
    situation = Situation(devices, {request.target for request in groups}, user=None, now=now)
    found = []
    for request in requests:
        action = Action(request.action)
        if not request.target.is_group:
            found.append([request.target])
            continue
        members = situation.members[request.target_id]
        parts = [situation.target(request.device, member, action) for member in members]
        found.append(parts[::-1] if action is Action.UNINSTALL else parts)
    return found
