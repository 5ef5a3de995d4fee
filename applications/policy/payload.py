"""Requests and policy as clients receive them (docs/protocol.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from applications.models import Application, DeploymentType, GroupMember, Request
from applications.rules.words import Action


def payloads(requests: Sequence[Request]) -> list[dict[str, Any]]:
    """What the clients get of these requests, in the same order; two queries. `target` and `person` are loaded."""
    steps = Steps(request.target for request in requests)
    return [
        {
            "id": str(request.pk),
            "action": request.action,
            "sync_policy": request.sync_policy,
            "state": request.state,
            "application": application_as_json(request.target),
            "person": request.person.username if request.person else None,
            "steps": steps.of(request.target, Action(request.action)),
        }
        for request in requests
    ]


class Steps:
    """The applications that must be handled for some applications or groups, with their deployment types."""

    def __init__(self, applications: Iterable[Application]) -> None:
        wanted = {application.pk: application for application in applications}
        self._members: defaultdict[int, list[Application]] = defaultdict(list)
        groups = [pk for pk, application in wanted.items() if application.is_group]
        for place in GroupMember.objects.filter(group__in=groups).select_related("application"):
            self._members[place.group_id].append(place.application)
            wanted[place.application_id] = place.application
        self._types: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        for each in DeploymentType.objects.filter(application__in=wanted):
            self._types[each.application_id].append(deployment_type_as_json(each))

    def deployment_types(self, application: Application) -> list[dict[str, Any]]:
        return self._types[application.pk]

    def of(self, application: Application, action: Action) -> list[dict[str, Any]]:
        """One step, or a group's members in order; uninstalling goes the other way round."""
        parts = self._members[application.pk] if application.is_group else [application]
        if action is Action.UNINSTALL:
            parts = parts[::-1]
        return [
            {"application": application_as_json(part), "deployment_types": self.deployment_types(part)}
            for part in parts
        ]

    def parts(self, application: Application) -> list[Application]:
        return self._members[application.pk] if application.is_group else [application]


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
