"""The door for devices: their inventory, their requests, their policy and what they found (docs/protocol.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from applications.models import Request
from applications.policy.policy import policy_of
from applications.requests import evaluations, from_clients, refusals, results, transitions
from applications.requests.claiming import claim
from applications.requests.schemas import (
    AnnouncementIn,
    Empty,
    EvaluationIn,
    ProgressIn,
    ReceiptIn,
    RefusalIn,
    ResultIn,
)
from applications.requests.tasks import deliver_soon
from applications.revisions import orders
from applications.rules.lifecycle import CONFIRMED, State
from audit.log import address_of
from devices.client_api import inventory
from devices.client_api.api import ApiError
from devices.client_api.schemas import InventoryIn
from devices.models import Device

router = Router(tags=["requests"])


@router.put("/inventory", summary="What the device is, and who is signed in on it")
def put_inventory(request: HttpRequest, body: InventoryIn) -> dict[str, Any]:
    device = _device(request)
    if inventory.update(device, body, timezone.now()):
        deliver_soon([device.pk])  # a request may have waited for who signed in
    return {}


@router.get("/requests", summary="What this device has to do")
def list_requests(request: HttpRequest) -> dict[str, Any]:
    device = _device(request)
    now = timezone.now()
    claim([device.pk], now)
    waiting = Request.objects.filter(device=device, state__in=(State.SENT, *CONFIRMED)).order_by("created_at")
    # Signed anew: what was delivered long ago, or asked by the device itself, is settled by what is signed now.
    orders.sign(list(waiting.select_related("target", "person", "device__site")), now)
    return {"requests": [payload for _, payload in orders.as_delivered(waiting)]}


@router.post("/requests", summary="It installs by itself what is Required and due")
def announce(request: HttpRequest, body: AnnouncementIn) -> dict[str, str]:
    with _explained():
        about = _device(request), body.id, body.application, timezone.now()
        return {"state": from_clients.announce(*about, address=address_of(request))}


@router.post("/requests/received", summary="These wait in the journal")
def received(request: HttpRequest, body: ReceiptIn) -> dict[str, Any]:
    from_clients.received(_device(request), body.requests, body.behind, timezone.now())
    return {}


@router.post("/requests/{uuid:request_id}/acknowledge", summary="It is in the journal; may it run?")
def acknowledge(request: HttpRequest, request_id: UUID, body: Empty) -> dict[str, str]:
    with _explained():
        return {"state": from_clients.acknowledge(_device(request), request_id, timezone.now())}


@router.post("/requests/{uuid:request_id}/progress", summary="How far it is")
def progress(request: HttpRequest, request_id: UUID, body: ProgressIn) -> dict[str, str]:
    with _explained():
        detail = body.detail.model_dump(mode="json") if body.detail else None
        state = from_clients.progress(
            _device(request),
            request_id,
            timezone.now(),
            phase=body.phase,
            percent=body.percent,
            text=body.text,
            detail=detail,
        )
    return {"state": state}


@router.post("/requests/{uuid:request_id}/result", summary="How it ended")
def result(request: HttpRequest, request_id: UUID, body: ResultIn) -> dict[str, str]:
    with _explained():
        about = _device(request), request_id, body, timezone.now()
        return {"state": results.finish(*about, address=address_of(request))}


@router.post("/refusals", summary="It does not believe what it got")
def refusal(request: HttpRequest, body: RefusalIn) -> dict[str, Any]:
    detail = body.detail.model_dump(mode="json")
    refusals.refuse(_device(request), body.request, detail, timezone.now(), address=address_of(request))
    return {}


@router.get("/policy", summary="What is deployed to this device")
def policy(request: HttpRequest, response: HttpResponse) -> Any:
    device, now = _device(request), timezone.now()
    current = policy_of(device)
    Device.objects.filter(pk=device.pk).update(
        policy_at=now, policy_revision=current.revision, policy_bytes=current.size
    )
    etag = f'"{current.revision}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    return HttpResponse(current.signed(device, now), content_type="application/json", headers={"ETag": etag})


@router.post("/evaluation", summary="What detection found")
def evaluation(request: HttpRequest, body: EvaluationIn) -> dict[str, Any]:
    with _explained():
        evaluations.evaluate(_device(request), body.results, timezone.now())
    return {}


def _device(request: HttpRequest) -> Device:
    return request.auth  # type: ignore[attr-defined]


class _explained:
    """Turns what the actions refuse into the answers of the protocol."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        if isinstance(fault, transitions.Unknown):
            raise ApiError(404, "request_unknown", _("This device has no such request.")) from None
        if isinstance(fault, transitions.Closed):
            code, sentence = CLOSED.get(fault.state, CLOSED[""])
            raise ApiError(409, code, sentence() % {"state": fault.state}) from None
        if isinstance(fault, results.Foreign):
            raise ApiError(
                422, "application_unknown", _("This speaks of an application that is not part of it.")
            ) from None


CLOSED: dict[str, tuple[str, Callable[[], str]]] = {
    State.QUEUED: ("request_unconfirmed", lambda: _("The request has not been acknowledged.")),
    State.SENT: ("request_unconfirmed", lambda: _("The request has not been acknowledged.")),
    State.SUCCEEDED: ("request_finished", lambda: _("The request is finished already, with another result.")),
    State.FAILED: ("request_finished", lambda: _("The request is finished already, with another result.")),
    "not_required": ("not_required", lambda: _("No Required deployment of it reaches this device.")),
    "several_signed_in": (
        "several_signed_in",
        lambda: _("More than one user is signed in; what is for a user waits until there is a single one."),
    ),
    "too_many": ("too_many", lambda: _("This device has asked for very much by itself lately.")),
    "request_open": ("request_open", lambda: _("A request for this application is open already.")),
    "": ("request_closed", lambda: _("The request is closed (%(state)s); do not run it.")),
}
