"""Fetches, in bulk, the facts that the rules ask for: for one page of one device, or for a batch of deliveries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q
from django.utils.translation import gettext

from applications.models import Application, DeploymentType, GroupMember, Report, Request
from applications.rules.eligibility import Facts, Reach, no_effect
from applications.rules.lifecycle import OPEN
from applications.rules.status import PRESENT, Status, StatusFacts, derive, derive_group
from applications.rules.supersedence import in_place_of
from applications.rules.words import INSTALLING_ACTIONS, Action
from applications.status.in_place import chains, predecessors
from applications.status.reach import reaches
from applications.status.steps import Step, Steps
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
        self.members = self._members(asked.values())
        asked |= {member.pk: member for members in self.members.values() for member in members}
        self._chains = chains(asked.values())
        self.targets = {pk: chain[-1] for pk, chain in self._chains.items()}
        self.applications = asked | {each.pk: each for chain in self._chains.values() for each in chain}
        self._steps = Steps(
            (asked | {pk: self.applications[target.pk] for pk, target in self.targets.items()}).values(),
            also=Q(
                application__in=Report.objects.filter(device__in=self.devices, found__in=PRESENT).values("application")
            ),
        )
        self.applications = self._steps.applications | self.applications
        self._needing = self._installed_that_need()
        self._predecessors = predecessors(self.applications.values())
        self._older = {pk for found in self._predecessors.values() for pk in found}
        self.groups = self._groups({*self.applications, *self._older})
        along = {group.pk for groups in self.groups.values() for group in groups}
        self.reaches = reaches(devices, {*self.applications, *self._older, *along}, user)
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

    def in_place(self, device: Device, application: Application) -> Application:
        """Which application the row of this one speaks of, and what acts on it works on: itself, unless it is
        superseded and another of its chain is there (R15)."""
        chain = self._chains.get(application.pk)
        if not chain:
            return application
        reports = {each.pk: self.report(device, each) for each in (application, *chain)}
        found = {pk: report.found for pk, report in reports.items() if report}
        return self.applications[in_place_of(application.pk, [each.pk for each in chain], found)]

    def target(self, device: Device, application: Application, action: Action) -> Application:
        """What the action really handles: installing something superseded installs the newest of its chain (R15)."""
        if action in INSTALLING_ACTIONS:
            return self.targets.get(application.pk, application)
        return self.in_place(device, application)

    def steps(self, device: Device, application: Application, action: Action) -> list[Step]:
        """All that the action does, one after the other; of a group its members (R13, R15, R25)."""
        members = self.members[application.pk] if application.is_group else [application]
        return self._steps.of([self.target(device, member, action) for member in members], action)

    def before(self, device: Device, application: Application) -> list[Step]:
        """What an installation of it will do before, by what was last reported: of what is there already, or not there
        to be uninstalled, nothing is told."""
        steps = self.steps(device, application, Action.INSTALL)
        return [
            step
            for step in steps
            if step.wanted and self._is_there(device, step.application) == (step.action is Action.UNINSTALL)
        ]

    def _is_there(self, device: Device, application: Application) -> bool:
        report = self.report(device, application)
        return bool(report and report.found in PRESENT)

    def request(self, device: Device, application: Application) -> Request | None:
        """The newest open request that concerns the application: asked for it, ending in it, or about what is there in
        its place."""
        return next(iter(self._concerning(device, application)), None)

    def status(self, device: Device, application: Application) -> Status:
        """The status, derived by the same table as the SQL of `listing`."""
        if not application.is_group:
            return self._own_status(device, application)
        members = (self._own_status(device, member) for member in self.members[application.pk])
        return derive_group(self._installing_state(device, application), members)

    def brought(self, device: Device, application: Application) -> list[tuple[Application, Reach]]:
        """The Required deployments of groups that bring the application along, each with its group: as a member, or in
        the place of one that it supersedes (R13, R15)."""
        parts = (application.pk, *sorted(self._predecessors.get(application.pk, ())))
        groups = {group.pk: group for part in parts for group in self.groups[part]}
        return [
            (group, reach)
            for group in groups.values()
            for reach in self.reaches.get((device.pk, group.pk), ())
            if self._takes_effect(device, reach, is_group=True)
        ]

    def facts(self, device: Device, application: Application, reaches: tuple[Reach, ...] | None = None) -> Facts:
        """What the rules of eligibility ask for one application on one device."""
        target = self.targets.get(application.pk)
        request = self.request(device, application)
        members = self.members.get(application.pk) or [application]
        parts = [self.in_place(device, member) for member in members]
        installed = [self.targets.get(member.pk, member) for member in members]
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
            is_signed=all(part.revision_id for part in (application, *installed, *parts)),
            unready=self._unready(device, application),
            needed_by=self._needed_by(device, parts),
            has_uninstall=all(self._commands.get(part.pk, (0, 0))[0] for part in parts),
            has_repair=all(self._commands.get(part.pk, (0, 0))[1] for part in parts),
            may_approve=device.pk in self._may_approve,
        )

    def _own_status(self, device: Device, application: Application) -> Status:
        there = self.in_place(device, application)
        report = self.report(device, there)
        return derive(
            StatusFacts(
                request=self._installing_state(device, application),
                reported=report.found if report else "",
                required=self._is_required(device, application),
                ever_installed=(device.pk, there.pk) in self._ever,
            )
        )

    def _concerning(self, device: Device, application: Application) -> list[Request]:
        target, there = self.targets.get(application.pk, application), self.in_place(device, application)
        found = {
            request.pk: request
            for pk in (application.pk, there.pk, target.pk)
            for request in self._requests.get((device.pk, pk), ())
        }
        return sorted(found.values(), key=lambda request: request.created_at, reverse=True)

    def _installing_state(self, device: Device, application: Application) -> str:
        requests = self._concerning(device, application)
        return next((request.state for request in requests if request.action in INSTALLING_ACTIONS), "")

    def _is_required(self, device: Device, application: Application) -> bool:
        return bool(self.requiring(device, application) or self.brought(device, application))

    def requiring(self, device: Device, application: Application) -> list[Reach]:
        """The Required deployments that bring the application: its own, and those of what it supersedes (R15)."""
        deployed = (application.pk, *sorted(self._predecessors.get(application.pk, ())))
        return [
            reach
            for pk in deployed
            for reach in self.reaches.get((device.pk, pk), ())
            if self._takes_effect(device, reach, is_group=application.is_group)
        ]

    def _takes_effect(self, device: Device, reach: Reach, *, is_group: bool) -> bool:
        return reach.requires and no_effect(device.site.version, device.join_type, is_group, reach) is None

    def _also_required(self, device: Device, application: Application) -> str:
        """The collection of a Required deployment of something else that brings it, or a part of it, along; empty when
        there is none."""
        members = self.members.get(application.pk, [])
        parts = {each.pk: each for each in (*members, self.in_place(device, application))}
        own = {reach.deployment for reach in self.reaches.get((device.pk, application.pk), ())}
        ways = [reach for part in parts.values() for reach in self.requiring(device, part)]
        ways += [reach for part in (application, *parts.values()) for _, reach in self.brought(device, part)]
        return next((reach.collection for reach in ways if reach.deployment not in own), "")

    def _unready(self, device: Device, application: Application) -> str:
        """Of what must be installed before it one that cannot be; empty when there is none."""
        for member in self.members.get(application.pk) or [application]:
            for needed in self._steps.first(self.target(device, member, Action.INSTALL)):
                if not needed.revision_id or needed.pk not in self._commands:
                    return str(needed)
        return ""

    def _needed_by(self, device: Device, parts: list[Application]) -> str:
        """What is installed on the device, is none of these, and needs one of them."""
        others = {pk: seen for pk, seen in self._needing.get(device.pk, {}).items() if pk not in {p.pk for p in parts}}
        needing = {pk for part in parts for pk in self._steps.needed_by(part, others)}
        names = sorted(others[pk] or gettext("another application") for pk in needing)
        return ", ".join(dict.fromkeys(names))

    def _installed_that_need(self) -> dict[int, dict[int, str]]:
        """By device, what is installed there and needs something, with its name; empty when it is only there for a
        person out of sight."""
        found: defaultdict[int, dict[int, str]] = defaultdict(dict)
        if not self._steps.needs:
            return found
        there = Report.objects.filter(
            device__in=self.devices, application__in=list(self._steps.needs), found__in=PRESENT
        ).select_related("application")
        for report in there:
            found[report.device_id][report.application_id] = ""
        for report in there.filter(self._in_sight()):
            found[report.device_id][report.application_id] = str(report.application)
        return found

    def _in_sight(self) -> Q:
        if self.user is None or self.user.is_superuser:
            return Q()
        return Q(person__isnull=True) | Q(person__in=Person.objects.visible_to(self.user))

    def _latest_reports(self) -> dict[tuple[int, int], list[Report]]:
        found: defaultdict[tuple[int, int], list[Report]] = defaultdict(list)
        reports = Report.objects.filter(
            self._in_sight(), device__in=self.devices, application__in={*self.applications, *self._older}
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
