"""Requests and policy as clients receive them (docs/protocol.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from applications.models import Application, DeploymentType, Request
from applications.rules.words import Action
from applications.status.facts import Situation


def payloads(requests: Sequence[Request]) -> list[dict[str, Any]]:
    """What the clients get of these requests, in the same order, in a fixed number of queries. `target`, `person` and
    `device__site` are loaded."""
    parts = _parts(requests)
    types = deployment_types_of(part.pk for found in parts for part in found)
    return [
        {
            "id": str(request.pk),
            "action": request.action,
            "sync_policy": request.sync_policy,
            "state": request.state,
            "application": application_as_json(request.target),
            "person": request.person.username if request.person else None,
            "steps": [{"application": application_as_json(part), "deployment_types": types[part.pk]} for part in found],
        }
        for request, found in zip(requests, parts, strict=True)
    ]


def _parts(requests: Sequence[Request]) -> list[list[Application]]:
    """Of each request what is handled, one after the other: of a group its members in order, and for uninstalling the
    other way round; each by the rules of supersedence (R13, R15)."""
    groups = [request for request in requests if request.target.is_group]
    if not groups:
        return [[request.target] for request in requests]
    devices = list({request.device_id: request.device for request in groups}.values())
    situation = Situation(devices, {request.target for request in groups}, user=None, now=timezone.now())
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


def deployment_types_of(applications: Iterable[int]) -> defaultdict[int, list[dict[str, Any]]]:
    """By application (id), in their order; one query."""
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for each in DeploymentType.objects.filter(application__in=set(applications)):
        found[each.application_id].append(deployment_type_as_json(each))
    return found


def application_as_json(application: Application) -> dict[str, Any]:
    return {"id": application.pk, "name": application.name, "version": application.version}


def deployment_type_as_json(each: DeploymentType) -> dict[str, Any]:
    return {
        "id": each.pk,
        "name": each.name,
        "platform": each.platform,
        "run_as": each.run_as,
        "requirements": each.requirements,
        "detection": each.detection,
        "install": each.install_command,
        "uninstall": each.uninstall_command,
        "repair": each.repair_command,
        "max_run_minutes": each.max_run_minutes,
        "return_codes": each.return_codes,
    }
