"""What clients say about requests and about what they found, as the protocol has it (docs/protocol.md)."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from ninja import Field
from pydantic import AwareDatetime, StrictFloat, StrictInt, StringConstraints

from devices.client_api.schemas import Strict

NO_NUL = r"^[^\x00]*$"  # PostgreSQL keeps none
Text64 = Annotated[str, StringConstraints(max_length=64, pattern=NO_NUL)]
Text200 = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
Text500 = Annotated[str, StringConstraints(max_length=500, pattern=NO_NUL)]
Text100 = Annotated[str, StringConstraints(max_length=100, pattern=NO_NUL)]
Output = Annotated[str, StringConstraints(max_length=20000, pattern=NO_NUL)]
Detected = Literal["installed", "not_installed", "unknown"]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z_]{0,32}$")]


Key = Annotated[int, Field(ge=1, lt=2**63)]

# A detail: a code with facts, which may hold the detail that is its cause; at most three within each other.
MAX_FACTS = 8
DetailCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Whole = Annotated[StrictInt, Field(ge=-(2**53), le=2**53)]
Fraction = Annotated[StrictFloat, Field(ge=-(2**53), le=2**53, allow_inf_nan=False)]
Texts = Annotated[list[Text100], Field(max_length=20)]
Value = Whole | Fraction | Text500 | Texts


class InnermostDetail(Strict):
    code: DetailCode
    facts: dict[FactName, Value] = Field(default={}, max_length=MAX_FACTS)


class InnerDetail(Strict):
    code: DetailCode
    facts: dict[FactName, Value | InnermostDetail] = Field(default={}, max_length=MAX_FACTS)


class DetailIn(Strict):
    code: DetailCode
    facts: dict[FactName, Value | InnerDetail] = Field(default={}, max_length=MAX_FACTS)


class Empty(Strict):
    pass


class AnnouncementIn(Strict):
    id: UUID
    application: Key


class ReceiptIn(Strict):
    requests: Annotated[list[UUID], Field(max_length=500)]
    behind: UUID | None = None


class RefusalIn(Strict):
    request: UUID | None = None
    detail: DetailIn


class ProgressIn(Strict):
    phase: Literal[
        "syncing_policy", "detecting", "downloading", "installing", "uninstalling", "repairing", "waiting_retry"
    ]
    percent: int | None = Field(None, ge=0, le=100)
    text: Text200 = ""
    detail: DetailIn | None = None
    step: int = Field(0, ge=0, le=1000)


class StepIn(Strict):
    application: Key
    revision: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    action: Literal["", "install", "uninstall"] = ""
    deployment_type: Key | None = None
    reason: Code = ""
    ran: bool = False
    exit_code: int | None = Field(None, ge=-(2**63), lt=2**63)
    meaning: Literal["", "success", "restart", "restart_started", "retry", "failure"] = ""
    detected_before: Detected | None = None
    detected: Detected | None = None
    version: Text64 = ""
    detail: DetailIn | None = None
    output: Output = ""


class ResultIn(Strict):
    outcome: Literal["succeeded", "failed"]
    reason: Code = ""
    started_at: AwareDatetime
    finished_at: AwareDatetime
    restart_pending: bool = False
    steps: list[StepIn] = Field(max_length=200)


class FindingIn(Strict):
    application: Key
    deployment_type: Key | None = None
    detected: Detected
    version: Text64 = ""
    detail: DetailIn | None = None
    requirement: DetailIn | None = None


class EvaluationIn(Strict):
    policy_revision: Text64 = ""
    results: list[FindingIn] = Field(max_length=1000)
