"""What a row of a device's Applications page knows: its status, its verdicts and the facts behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from applications.models import Application, Report, Request
from applications.rules.eligibility import Reach, Verdict, verdicts
from applications.rules.status import Status
from applications.rules.words import Action
from applications.status.facts import Situation
from devices.models import Device


@dataclass(slots=True)
class Row:
    """One application on one device. `target`: what is really installed (differs when superseded); `earlier_for`: the
    person for whom it was installed, when no deployment reaches the device; `members`: of a group, in order; `brought`:
    the Required deployments of groups with it."""

    device: Device
    application: Application
    status: Status
    reaches: tuple[Reach, ...]
    request: Request | None
    report: Report | None
    target: Application
    verdicts: dict[Action, Verdict] = field(default_factory=dict)
    members: list[Row] = field(default_factory=list)
    brought: list[tuple[Application, Reach]] = field(default_factory=list)

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
        return Row(
            device=device,
            application=application,
            status=situation.status(device, application),
            reaches=situation.reaches.get((device.pk, application.pk), ()),
            request=situation.request(device, application),
            report=situation.report(device, application),
            target=situation.targets.get(application.pk, application),
            brought=situation.brought(device, application),
            members=[row(member) for member in situation.members.get(application.pk, [])],
        )

    rows = [row(application) for application in applications]
    for each in rows:
        each.verdicts = verdicts(situation.facts(device, each.application))
    return rows
