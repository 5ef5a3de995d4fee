"""Signs what is asked of a device at the moment when it is delivered, and reads it for whoever takes it there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from applications.models import Order, Request, Revision
from applications.rules.words import INSTALLING_ACTIONS, Action
from applications.status.facts import Situation
from applications.status.steps import Step, Steps
from signing.envelope import Envelope, canonical
from signing.keys import keys

ORDER = "order"  # the kind of envelope
LIFETIME = timedelta(days=2)  # until a device takes it no more; long enough for a clock that is a day off


def sign(requests: Sequence[Request], now: datetime) -> None:
    """Sign these requests in place of what was signed of them before, in a fixed number of queries. `device__site`,
    `target` and `person` are loaded."""
    parts = _parts(requests, now)
    revisions = _revisions(step.application.pk for found in parts for step in found)
    mine, orders = keys(), []
    for request, found in zip(requests, parts, strict=True):
        if any(step.application.pk not in revisions for step in found):
            continue  # not delivered: the rules say so (`not_signed`)
        steps = [told(step, revisions[step.application.pk], Action(request.action)) for step in found]
        envelope = mine.sign(ORDER, canonical(_order(request, steps, now)))
        named = [revisions[step.application.pk].pk for step in found]
        orders.append(Order(request=request, revisions=named, **envelope))
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


def told(step: Step, revision: Revision, action: Action) -> dict[str, Any]:
    """A step as a client is told of it; `action` is that of the whole."""
    return {
        "application": revision.application_id,
        "revision": revision.number,
        **({"action": str(step.action)} if step.action is not action else {}),
        **({"for": list(step.wanted)} if step.wanted else {}),
        **({"replaced_by": step.replaced_by} if step.replaced_by else {}),
    }


def _order(request: Request, steps: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    target = request.target
    return {
        "request": str(request.pk),
        "device": request.device_id,
        "action": request.action,
        "application": {"id": target.pk, "name": target.name, "version": target.version},
        "steps": steps,
        "person": request.person.username if request.person else None,
        "sync_policy": request.sync_policy,
        "issued": now.isoformat(),
        "expires": (now + LIFETIME).isoformat(),
    }


def _revisions(applications: Iterable[int]) -> dict[int, Revision]:
    """The present revision of each application (id)."""
    found = Revision.objects.filter(current_of__in=set(applications)).only("application", "number")
    return {each.application_id: each for each in found}


def _parts(requests: Sequence[Request], now: datetime) -> list[list[Step]]:
    """Of each request what is handled, one after the other: what goes before, and of a group its members in order, for
    uninstalling the other way round; each by the rules of supersedence (R13, R15, R25)."""
    groups = [request for request in requests if request.target.is_group]
    devices = list({request.device_id: request.device for request in groups}.values())
    situation = Situation(devices, {request.target for request in groups}, user=None, now=now) if groups else None
    single = Steps(
        {request.target for request in requests if not request.target.is_group and request.action in INSTALLING_ACTIONS}
    )
    return [
        situation.steps(request.device, request.target, Action(request.action))
        if situation and request.target.is_group
        else single.of([request.target], Action(request.action))
        for request in requests
    ]
