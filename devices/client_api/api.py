"""What clients may ask and tell about themselves: their enrolment. The door for devices (docs/protocol.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router
from ninja.errors import HttpError
from ninja.security import HttpBearer

from audit.log import Subject, address_of, record
from audit.models import AuditEntry
from audit.strangers import record_turned_away
from devices.client_api import enrolment, inventory
from devices.client_api.schemas import EnrolIn
from devices.models import Device
from devices.presence import connections, identity
from signing.keys import keys


class ApiError(HttpError):
    """A refusal with a code for the client and a sentence for people."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(status, sentence)
        self.code = code


class DeviceSecret(HttpBearer):
    """`Authorization: Bearer <secret>`; the device is `request.auth`."""

    def authenticate(self, request: HttpRequest, token: str) -> Device | None:
        device = Device.objects.select_related("site").with_secret(enrolment.digest(token)).first()
        if device:
            connections.record_contact(device, timezone.now())
            seen = identity.told_in(request.headers)
            if identity.is_news(device, seen):
                identity.note({device.pk: seen}, timezone.now())
        else:
            record_turned_away("unauthorized", address=address_of(request), now=timezone.now())
        return device


REFUSALS: dict[str, tuple[int, Callable[[], str]]] = {
    "token_unknown": (403, lambda: _("This enrolment token is not known. Make a new one in the console.")),
    "token_used": (409, lambda: _("This enrolment token has been used. Make a new one in the console.")),
    "token_expired": (410, lambda: _("This enrolment token has expired. Make a new one in the console.")),
    "secret_used": (
        409,
        lambda: _("Another device has this secret. Remove the client's state folder and enrol again."),
    ),
}

router = Router(tags=["device"])


@router.get("/keys", summary="The keys that followed the one that the device pinned")
def introductions(request: HttpRequest) -> dict[str, Any]:
    return {"introductions": keys().introductions}


@router.post("/enrol", auth=None, summary="Give this device its place in the console")
def enrol(request: HttpRequest, body: EnrolIn) -> dict[str, Any]:
    now = timezone.now()
    try:
        device = enrolment.enrol(body.token, body.secret_hash, body.name, now)
    except enrolment.EnrolmentRefused as refused:
        record_turned_away(refused.code, address=address_of(request), now=now, name=body.name)
        status, sentence = REFUSALS[refused.code]
        raise ApiError(status, refused.code, sentence()) from None
    identity.note({device.pk: identity.told_in(request.headers)}, now)
    inventory.update(device, body.inventory, now)
    subject = Subject.of(AuditEntry.Kind.DEVICE, device)
    led_to = device.enrolled_with and device.enrolled_with.collection
    facts = {"collection": led_to.audit_name} if led_to else {}
    record(AuditEntry.Verb.ENROLLED, subject, device=device, address=address_of(request), facts=facts, now=now)
    return {"device": device.pk, "name": device.name}
