"""The policy of a device: what its client is told about the deployments that reach it (R10, R16)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from applications.models import Application, Deployment, Report, Request
from applications.policy.payload import Steps, application_as_json
from applications.rules.lifecycle import OPEN
from applications.rules.words import Target, Way
from applications.status.reach import reaches
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
    """The policy of a device, the same text as long as nothing changed.

    An application whose only deployments require approval is left out until an administrator asked for it, or it has
    been installed through Koppel (then its removal must be noticed).
    """
    told = set(Request.objects.filter(device=device, state__in=OPEN).values_list("target", flat=True)) | set(
        Report.objects.filter(device=device, ever_installed=True).values_list("application", flat=True)
    )
    concerned = Application.objects.filter(
        Q(deployments__collection__device_members__device=device)
        | Q(deployments__collection__person_members__person__sign_ins__device=device)
        | Q(deployments__collection__person_members__person__primary_devices=device)
        | Q(pk__in=told)
    ).distinct()
    applications = list(concerned.order_by("pk"))
    ways = reaches([device], [application.pk for application in applications])
    steps = Steps(applications)
    entries: dict[int, dict[str, Any]] = {}
    for application in applications:
        mine = [r for r in ways.get((device.pk, application.pk), ()) if r.way is not Way.APPROVAL]
        if not mine and application.pk not in told:
            continue
        required = [r for r in mine if r.way is Way.REQUIRED]
        best = min(required or mine, key=lambda r: (r.target is Target.PERSON, str(r.deadline or "")), default=None)
        for part in steps.parts(application):
            entries.setdefault(
                part.pk,
                {
                    "application": application_as_json(part),
                    "purpose": str(Deployment.Purpose.REQUIRED if required else Deployment.Purpose.AVAILABLE),
                    "person": best.person if best else None,
                    "available_from": _iso(best.available_from) if best else None,
                    "deadline": _iso(best.deadline) if best else None,
                    "deployment_types": steps.deployment_types(part),
                },
            )
    listed = list(entries.values())
    revision = hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()[:32]
    body = {"revision": revision, "evaluate_minutes": EVALUATE_MINUTES, "applications": listed}
    return Policy(json.dumps(body, separators=(",", ":")), revision, frozenset(entries))


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
