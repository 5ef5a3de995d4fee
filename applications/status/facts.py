"""Fetches, in bulk, the facts that the rules ask for: for one page of one device, or for a batch of deliveries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q

from applications.models import Application, DeploymentType, GroupMember, Report, Request
from applications.rules.eligibility import Facts, Reach
from applications.rules.lifecycle import OPEN
from applications.rules.status import Status, StatusFacts, derive, derive_group
from applications.rules.words import INSTALLING_ACTIONS
from applications.status.reach import newest, reaches
from devices.access.permissions import APPROVE, READ_APPLICATION
from devices.models import Device, Person, SignIn


class Situation:
    """The facts about some applications on some devices, as far as one user may see them (None: nobody in particular).

    The number of queries does not depend on how many devices and applications there are.
    """

    def __init__(
        self, devices: Sequence[Device], applications: Iterable[Application], *, user: Any | None, now: datetime
    ) -> None:
        self.now = now
        self.user = user
        self.devices = {device.pk: device for device in devices}
        asked = {application.pk: application for application in applications}
        self.targets = newest(asked.values())
        self.members = self._members(asked.values())
        self.applications = {
            **asked,
            **{target.pk: target for target in self.targets.values()},
            **{member.pk: member for members in self.members.values() for member in members},
        }
        self.groups = self._groups(self.applications)
        along = {group.pk for groups in self.groups.values() for group in groups}
        self.reaches = reaches(devices, {*self.applications, *along}, user)
        self._reports = self._latest_reports()
        self._ever = {key for key, reports in self._reports.items() if any(r.ever_installed for r in reports)}
        self._requests = self._open_requests()  # newest first
        self._commands = self._deployment_types()
        self._signed_in = dict(
            SignIn.objects.filter(device__in=self.devices).values_list("device").annotate(number=Count("pk"))
        )
        self._may_approve = (
            set(self.devices)
            if user is None
            else set(
                Device.objects.visible_to(user)
                .visible_to(user, READ_APPLICATION)
                .visible_to(user, APPROVE)
                .filter(pk__in=self.devices)
                .values_list("pk", flat=True)
            )
        )

    def report(self, device: Device, application: Application) -> Report | None:
        """The last report on the application, whoever it was for."""
        reports = self._reports.get((device.pk, application.pk))
        return reports[0] if reports else None

    def request(self, device: Device, application: Application) -> Request | None:
        """The newest open request that concerns the application: asked for it, or ending in it."""
        requests = self._requests.get((device.pk, application.pk))
        return requests[0] if requests else None

    def status(self, device: Device, application: Application) -> Status:
        """The status, derived by the same table as the SQL of `listing`."""
        if not application.is_group:
            return self._own_status(device, application)
        members = (self._own_status(device, member) for member in self.members[application.pk])
        return derive_group(self._installing_state(device, application), members)

    def brought(self, device: Device, application: Application) -> list[tuple[Application, Reach]]:
        """The Required deployments of groups that bring the application along, each with its group (R13)."""
        groups = self.groups[application.pk]
        ways = ((group, reach) for group in groups for reach in self.reaches.get((device.pk, group.pk), ()))
        return [(group, reach) for group, reach in ways if reach.requires]

    def facts(self, device: Device, application: Application, reaches: tuple[Reach, ...] | None = None) -> Facts:
        """What the rules of eligibility ask for one application on one device."""
        target = self.targets.get(application.pk)
        request = self.request(device, application)
        parts = self.members.get(application.pk) or [application]
        installed = self.members.get(target.pk) or [target] if target else parts
        return Facts(
            now=self.now,
            site_version=device.site.version,
            client_version=device.client_version,
            online=device.online,
            offline_since=device.last_contact,
            queue_every_action=device.site.queue_every_action,
            join_type=device.join_type,
            signed_in=self._signed_in.get(device.pk, 0),
            reaches=self.reaches.get((device.pk, application.pk), ()) if reaches is None else reaches,
            status=self.status(device, application),
            target_status=self.status(device, target) if target else None,
            target_name=str(target) if target else "",
            open_action=request.action if request else "",
            also_required=self._also_required(device, application),
            is_group=application.is_group,
            has_deployment_type=all(part.pk in self._commands for part in installed)
            and not (application.is_group and not self.members.get(application.pk)),
            has_uninstall=all(self._commands.get(part.pk, (0, 0))[0] for part in parts),
            has_repair=all(self._commands.get(part.pk, (0, 0))[1] for part in parts),
            may_approve=device.pk in self._may_approve,
        )

    def _own_status(self, device: Device, application: Application) -> Status:
        report = self.report(device, application)
        return derive(
            StatusFacts(
                request=self._installing_state(device, application),
                reported=report.found if report else "",
                required=self._is_required(device, application),
                ever_installed=(device.pk, application.pk) in self._ever,
            )
        )

    def _installing_state(self, device: Device, application: Application) -> str:
        requests = self._requests.get((device.pk, application.pk), [])
        return next((request.state for request in requests if request.action in INSTALLING_ACTIONS), "")

    def _is_required(self, device: Device, application: Application) -> bool:
        itself = self.reaches.get((device.pk, application.pk), ())
        return any(reach.requires for reach in itself) or bool(self.brought(device, application))

    def _also_required(self, device: Device, application: Application) -> str:
        """The collection of a Required deployment that brings it, or a part of it, along: of a group with it, or of a
        member of it; empty when there is none."""
        parts = {application.pk, *(member.pk for member in self.members.get(application.pk, []))}
        others = parts.union(*({group.pk for group in self.groups[part]} for part in parts)) - {application.pk}
        ways = (reach for other in sorted(others) for reach in self.reaches.get((device.pk, other), ()))
        return next((reach.collection for reach in ways if reach.requires), "")

    def _in_sight(self) -> Q:
        if self.user is None or self.user.is_superuser:
            return Q()
        return Q(person__isnull=True) | Q(person__in=Person.objects.visible_to(self.user))

    def _latest_reports(self) -> dict[tuple[int, int], list[Report]]:
        found: defaultdict[tuple[int, int], list[Report]] = defaultdict(list)
        reports = Report.objects.filter(
            self._in_sight(), device__in=self.devices, application__in=self.applications
        ).select_related("person")
        for report in reports.order_by("-reported_at"):
            found[report.device_id, report.application_id].append(report)
        return dict(found)

    def _open_requests(self) -> dict[tuple[int, int], list[Request]]:
        found: defaultdict[tuple[int, int], list[Request]] = defaultdict(list)
        requests = Request.objects.filter(
            Q(application__in=self.applications) | Q(target__in=self.applications),
            self._in_sight(),
            device__in=self.devices,
            state__in=OPEN,
        ).select_related("person", "target")
        for request in requests.order_by("-created_at"):
            for application in {request.application_id, request.target_id}:
                found[request.device_id, application].append(request)
        return dict(found)

    def _deployment_types(self) -> dict[int, tuple[int, int]]:
        """Per application that has deployment types: how many have an uninstall command and a repair command."""
        rows = (
            DeploymentType.objects.filter(application__in=self.applications)
            .order_by()
            .values_list("application")
            .annotate(
                uninstall=Count("pk", filter=~Q(uninstall_command="")),
                repair=Count("pk", filter=~Q(repair_command="")),
            )
        )
        return {application: (uninstall, repair) for application, uninstall, repair in rows}

    @staticmethod
    def _groups(applications: Iterable[int]) -> defaultdict[int, list[Application]]:
        """The groups in which each application (id) has a place."""
        groups: defaultdict[int, list[Application]] = defaultdict(list)
        for place in GroupMember.objects.filter(application__in=applications).select_related("group").order_by("group"):
            groups[place.application_id].append(place.group)
        return groups

    @staticmethod
    def _members(applications: Iterable[Application]) -> dict[int, list[Application]]:
        """The members of each group (id), in order."""
        groups = [application.pk for application in applications if application.is_group]
        members: dict[int, list[Application]] = {pk: [] for pk in groups}
        if groups:
            places = GroupMember.objects.filter(group__in=groups).select_related("application")
            for place in places.order_by(F("position"), "pk"):
                members[place.group_id].append(place.application)
        return members
