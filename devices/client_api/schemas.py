"""What clients say about themselves, as the protocol has it (docs/protocol.md)."""

from __future__ import annotations

import zoneinfo
from typing import Annotated, Literal

from django.core.exceptions import ValidationError
from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict, StringConstraints, field_validator

from devices.names import validate_name


class Strict(Schema):
    """A body with a field that the protocol does not name is refused."""

    model_config = ConfigDict(extra="forbid")


def visible(value: str) -> str:
    """What is drawn on pages and compared by people: something that can be seen, and nothing that cannot."""
    try:
        validate_name(value)
    except ValidationError as error:
        raise ValueError(error.message) from None
    return value


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255), AfterValidator(visible)]
Username = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=150), AfterValidator(visible)
]
Short = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d\d(0[1-9]|1[0-2])$")]


class InventoryIn(Strict):
    platform: Literal["linux", "windows", "macos"]
    os: Short
    host_name: Name | Literal[""] = ""
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
