"""What a row of a device's Applications page knows: its status, its verdicts and the facts behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from applications.models import Application, Report, Request, RequestStep
from applications.rules.eligibility import Reach, Verdict, never_by_itself, verdicts, waits_for_one_session
from applications.rules.status import Status
from applications.rules.words import INSTALLING_ACTIONS, Action
from applications.status.facts import Situation
from applications.status.steps import Step
from devices.models import Device


@dataclass(slots=True)
class Row:
    """One application on one device. `target`: what an installation really installs (differs when superseded); `there`:
    what the status and the other actions are about, and whose `report` this is; `earlier_for`: the person for whom it
    was installed, when no deployment reaches the device; `members`: of a group, in order; `brought`: the Required
    deployments of groups with it; `never`: why a Required deployment takes no effect here; `one_session`: it waits
    until only one person is signed in; `came_with`: the request that installed it, when no deployment reaches
    it; `before`: what an installation will install, or uninstall, before it."""

    device: Device
    application: Application
    status: Status
    reaches: tuple[Reach, ...]
    request: Request | None
    report: Report | None
    target: Application
    there: Application
    verdicts: dict[Action, Verdict] = field(default_factory=dict)
    members: list[Row] = field(default_factory=list)
    brought: list[tuple[Application, Reach]] = field(default_factory=list)
    never: Verdict | None = None
    one_session: bool = False
    came_with: Request | None = None
    before: list[Step] = field(default_factory=list)

    @property
    def superseded(self) -> bool:
        return self.target != self.application

    @property
    def earlier_for(self) -> str:
        person = self.report.person if self.report and not self.reaches else None
        return person.username if person else ""


def rows_for(device: Device, applications: Sequence[Application], user: Any, now: datetime) -> list[Row]:
    """A row for each application, in the order given; the number of queries does not depend on how many there are."""
    situation = Situation([device], applications, user=user, now=now)

    def row(application: Application) -> Row:
        there = situation.in_place(device, application)
        return Row(
            device=device,
            application=application,
            status=situation.status(device, application),
            reaches=situation.reaches.get((device.pk, application.pk), ()),
            request=situation.request(device, application),
            report=situation.report(device, there),
            target=situation.targets.get(application.pk, application),
            there=there,
            brought=situation.brought(device, application),
            before=situation.before(device, application),
            members=[row(member) for member in situation.members.get(application.pk, [])],
        )

    rows = [row(application) for application in applications]
    came = _came_with(device, [row.application.pk for row in rows if not row.reaches])
    for each in rows:
        facts = situation.facts(device, each.application)
        each.verdicts = verdicts(facts)
        each.never = never_by_itself(facts)
        each.one_session = waits_for_one_session(facts)
        each.came_with = came.get(each.application.pk)
    return rows


def _came_with(device: Device, applications: Sequence[int]) -> dict[int, Request]:
    """By application (id): the last request that installed it on the device."""
    if not applications:
        return {}
    steps = RequestStep.objects.filter(
        request__device=device,
        request__action__in=INSTALLING_ACTIONS,
        application__in=applications,
        detected=Report.Found.INSTALLED,
    ).select_related("request__application", "request__target")
    return {step.application_id: step.request for step in steps.order_by("request__finished_at")}
