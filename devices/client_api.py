"""What clients may ask and tell about themselves: enrolment and inventory. The door for devices (docs/protocol.md)."""

from __future__ import annotations

import zoneinfo
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from ninja.errors import HttpError
from ninja.security import HttpBearer
from pydantic import ConfigDict, StringConstraints, field_validator

from console import audit
from console.models import AuditEntry
from devices import enrolment, inventory, presence
from devices.models import Device
from devices.wakeup import wake


class Strict(Schema):
    """A body with a field that the protocol does not name is refused."""

    model_config = ConfigDict(extra="forbid")


class ApiError(HttpError):
    """A refusal with a code for the client and a sentence for people."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(status, sentence)
        self.code = code


class DeviceSecret(HttpBearer):
    """`Authorization: Bearer <secret>`; the device is `request.auth`."""

    def authenticate(self, request: HttpRequest, token: str) -> Device | None:
        device = Device.objects.select_related("site").filter(secret_hash=enrolment.digest(token)).first()
        if device:
            presence.heard(device, timezone.now())
        return device


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")
]
Username = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=150, pattern=r"^[^\x00-\x1f]+$")
]
Short = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d\d(0[1-9]|1[0-2])$")]


class InventoryIn(Strict):
    platform: Literal["linux", "windows", "macos"]
    os: Short
    client_version: Version
    architecture: Annotated[Short, StringConstraints(max_length=32)] = ""
    memory_mb: int | None = Field(None, ge=0, le=2**31 - 1)
    disk_mb: int | None = Field(None, ge=0, le=2**53)
    time_zone: str = ""
    join_type: Literal["domain", "hybrid", "azure_ad", "none"] = "none"
    signed_in: list[Username] = Field(default=[], max_length=100)
    restart_pending: bool = False

    @field_validator("time_zone")
    @classmethod
    def known_or_empty(cls, value: str) -> str:
        """A zone that this console does not know is as good as none."""
        return value if value in zoneinfo.available_timezones() else ""


class EnrolIn(Strict):
    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    secret_hash: Sha256
    name: Name
    inventory: InventoryIn


REFUSALS = {
    "token_unknown": (403, lambda: _("This enrolment token is not known. Make a new one in the console.")),
    "token_used": (409, lambda: _("This enrolment token has been used. Make a new one in the console.")),
    "token_expired": (410, lambda: _("This enrolment token has expired. Make a new one in the console.")),
    "secret_used": (
        409,
        lambda: _("Another device has this secret. Remove the client's state folder and enrol again."),
    ),
}

router = Router(tags=["device"])


@router.post("/enrol", auth=None, summary="Give this device its place in the console")
def enrol(request: HttpRequest, body: EnrolIn) -> dict[str, Any]:
    now = timezone.now()
    try:
        device = enrolment.enrol(body.token, body.secret_hash, body.name, now)
    except enrolment.EnrolmentRefused as refused:
        status, sentence = REFUSALS[refused.code]
        raise ApiError(status, refused.code, sentence()) from None
    inventory.take(device, body.inventory, now)
    audit.record(AuditEntry.Verb.ENROLLED, device.name, device=device, address=audit.address_of(request), now=now)
    return {"device": device.pk, "name": device.name}


@router.put("/inventory", summary="What the device is, and who is signed in on it")
def put_inventory(request: HttpRequest, body: InventoryIn) -> dict[str, Any]:
    device: Device = request.auth  # type: ignore[attr-defined]
    if inventory.take(device, body, timezone.now()):
        wake([device.pk])
    return {}
