"""The policy of a device: what its client is told about the deployments that reach it (R10, R16)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from applications.models import Deployment
from applications.policy.payload import application_as_json, deployment_types_of
from applications.policy.plan import Planned, plan_of
from devices.models import Device

EVALUATE_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Policy:
    body: str
    revision: str
    applications: frozenset[int]  # ids

    @property
    def size(self) -> int:
        """In bytes; shown per device (R16)."""
        return len(self.body.encode())


def policy_of(device: Device) -> Policy:
    """The policy of a device, the same text as long as nothing changed."""
    plan = dict(sorted(plan_of(device).items()))
    types = deployment_types_of(plan)
    listed = [_entry(planned, types[pk]) for pk, planned in plan.items()]
    revision = hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()[:32]
    body = {"revision": revision, "evaluate_minutes": EVALUATE_MINUTES, "applications": listed}
    return Policy(json.dumps(body, separators=(",", ":")), revision, frozenset(plan))


def _entry(planned: Planned, deployment_types: list[dict[str, Any]]) -> dict[str, Any]:
    reach = planned.reach
    return {
        "application": application_as_json(planned.application),
        "purpose": str(Deployment.Purpose.REQUIRED if planned.required else Deployment.Purpose.AVAILABLE),
        "person": reach.person if reach else None,
        "available_from": _iso(reach.available_from) if reach else None,
        "deadline": _iso(reach.deadline) if reach else None,
        "deployment_types": deployment_types,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
