"""The policy of a device: what its client is told about the deployments that reach it (R10, R16)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from applications.models import Deployment, Revision
from applications.policy.plan import Planned, plan_of
from applications.revisions.orders import told
from applications.rules.words import Action
from applications.status.steps import Step, Steps
from devices.models import Device
from signing.envelope import Envelope, canonical, digest
from signing.keys import keys

POLICY = "policy"  # the kind of envelope
EVALUATE_MINUTES = 60
LIFETIME = timedelta(days=2)  # until a client takes it no more; what it took stays in force until there is another


@dataclass(frozen=True, slots=True)
class Policy:
    """`listed`: what it says of each application; `definitions`: the signed revisions that it names."""

    listed: list[dict[str, Any]]
    definitions: list[Envelope]
    revision: str

    @property
    def applications(self) -> frozenset[int]:
        """Their ids."""
        return frozenset(each["application"] for each in self.listed)

    @property
    def brought(self) -> frozenset[int]:
        """The applications (ids) whose definitions come with it: also those that are installed before others."""
        return frozenset(_brought(self.listed))

    @property
    def size(self) -> int:
        """In bytes, without signatures; shown per device (R16)."""
        texts = [canonical({"applications": self.listed}), *(each["signed"] for each in self.definitions)]
        return sum(len(text.encode()) for text in texts)

    def signed(self, device: Device, now: datetime) -> str:
        """As JSON, for this device at this moment."""
        content = {
            "device": device.pk,
            "issued": now.isoformat(),
            "expires": (now + LIFETIME).isoformat(),
            "revision": self.revision,
            "evaluate_minutes": EVALUATE_MINUTES,
            "applications": self.listed,
        }
        envelope = keys().sign(POLICY, canonical(content))
        return json.dumps({"policy": envelope, "definitions": self.definitions}, separators=(",", ":"))


def policy_of(device: Device) -> Policy:
    """The policy of a device, of the same revision as long as nothing changed. What was never signed is not in it."""
    plan = dict(sorted(plan_of(device).items()))
    single = Steps(planned.application for planned in plan.values() if planned.required)
    before = {
        pk: single.of([planned.application], Action.INSTALL)[:-1] if planned.required else []
        for pk, planned in plan.items()
    }
    named = {*plan, *(step.application.pk for steps in before.values() for step in steps)}
    revisions = {each.application_id: each for each in Revision.objects.filter(current_of__in=named)}
    listed = [
        _entry(planned, before[pk], revisions)
        for pk, planned in plan.items()
        if all(each in revisions for each in (pk, *(step.application.pk for step in before[pk])))
    ]
    definitions = [revisions[pk].envelope for pk in sorted(_brought(listed))]
    return Policy(listed, definitions, digest({"applications": listed})[:32])


def _entry(planned: Planned, before: list[Step], revisions: dict[int, Revision]) -> dict[str, Any]:
    reach, revision = planned.reach, revisions[planned.application.pk]
    steps = [told(step, revisions[step.application.pk], Action.INSTALL) for step in before]
    return {
        "application": revision.application_id,
        "revision": revision.number,
        "purpose": str(Deployment.Purpose.REQUIRED if planned.required else Deployment.Purpose.AVAILABLE),
        "person": reach.person if reach else None,
        "available_from": _iso(reach.available_from) if reach else None,
        "deadline": _iso(reach.deadline) if reach else None,
        **({"before": steps} if steps else {}),
    }


def _brought(listed: list[dict[str, Any]]) -> set[int]:
    return {each["application"] for entry in listed for each in (entry, *entry.get("before", ()))}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
