"""What the deployments of a device come to: which applications it is told of, and which are installed by themselves.

The policy says it to the client, and what a client announces is measured by it: the rules of a click (R10–R16).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import F

from applications.models import Application, GroupMember, Report, Request
from applications.rules.eligibility import Reach, no_effect
from applications.rules.lifecycle import OPEN
from applications.rules.words import Target, Way
from applications.status.in_place import newest
from applications.status.reach import reaches
from devices.models import Device


@dataclass(frozen=True, slots=True)
class Planned:
    """An application that the client is told of. `reach`: the deployment that counts, None when it is only looked at
    because it is or was there; `required`: it is installed by itself when it is due (R27)."""

    application: Application
    reach: Reach | None = None
    required: bool = False

    @property
    def rank(self) -> tuple[bool, bool, bool, datetime]:
        """Of several plans for one application the first counts: Required ones, for the device, due first."""
        late = datetime.max.replace(tzinfo=UTC)
        deadline = (self.reach.deadline or datetime.min.replace(tzinfo=UTC)) if self.reach else late
        return (
            not self.required,
            self.reach is None,
            bool(self.reach and self.reach.target is Target.PERSON),
            deadline,
        )


def plan_of(device: Device) -> dict[int, Planned]:
    """By application (id), as it would be installed: members instead of groups, the newest of a chain instead of what
    it supersedes. The number of queries is fixed, and each begins with the collections of the device and its persons.

    What takes no effect here is left out, and so is what only requires approval, until an administrator asked for it or
    it has been here (then its removal must be noticed, R16).
    """
    ways = {application: found for (_, application), found in reaches([device], None).items()}
    told = set(Request.objects.filter(device=device, state__in=OPEN).values_list("target", flat=True)) | set(
        Report.objects.filter(device=device, ever_installed=True).values_list("application", flat=True)
    )
    concerned = Application.objects.in_bulk({*ways, *told})
    members = _members(concerned.values())
    replaced = newest([*concerned.values(), *(member for found in members.values() for member in found)])
    plans: defaultdict[int, list[Planned]] = defaultdict(list)
    for pk, application in concerned.items():
        effective = [reach for reach in ways.get(pk, ()) if _counts(device, application, reach)]
        parts = members[pk] if application.is_group else [application]
        for part in parts:
            plans[part.pk] += [Planned(part)] if pk in told or effective else []
            aim = replaced.get(part.pk, part)
            plans[aim.pk] += [Planned(aim, reach, reach.requires) for reach in effective]
    return {pk: min(found, key=lambda planned: planned.rank) for pk, found in plans.items() if found}


def _counts(device: Device, application: Application, reach: Reach) -> bool:
    if reach.way is Way.APPROVAL:
        return False
    return no_effect(device.site.version, device.join_type, application.is_group, reach) is None


def _members(applications: Iterable[Application]) -> defaultdict[int, list[Application]]:
    members: defaultdict[int, list[Application]] = defaultdict(list)
    groups = [application.pk for application in applications if application.is_group]
    for place in (
        GroupMember.objects.filter(group__in=groups).select_related("application").order_by(F("position"), "pk")
    ):
        members[place.group_id].append(place.application)
    return members
