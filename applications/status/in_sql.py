"""The applications of a device with their statuses (R2), as one SQL query built from the tables of the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    Expression,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import Exact, In
from django.utils.functional import cached_property

from applications.models import Application, Deployment, GroupMember, Report, Request
from applications.rules.lifecycle import OPEN
from applications.rules.status import ATTENTION, RULES, Status
from applications.rules.supersedence import in_place_of
from applications.rules.words import INSTALLING_ACTIONS
from applications.status.in_place import chains
from applications.status.reach import earlier_installed, effective_deployments, kept, listed_deployments
from devices.models import Device, Person


def applications_on(device: Device, user: Any | None = None) -> QuerySet[Any]:
    """The applications and groups that are listed for the device, one row each, as far as the user may see them.

    Annotated with `attention` (an index into ATTENTION: 0 is what needs attention first), `deadline` (the earliest of
    the Required deployments that bring it) and `changed_at` (the last request or report).
    """
    source = Source(device, user)
    ways_in = (listed_deployments(device, user), earlier_installed(device, user), kept(device, user))
    listed = Q()
    for way_in in ways_in:
        listed |= Q(Exists(way_in.filter(application=OuterRef("pk"))))
    applications = Application.objects.all() if user is None else Application.objects.visible_to(user)
    return applications.filter(listed).annotate(
        attention=source.attention(), deadline=source.deadline(), changed_at=source.changed_at()
    )


def with_status(applications: QuerySet[Any], status: Status) -> QuerySet[Any]:
    """Only those with this status."""
    return applications.filter(attention=ATTENTION.index(status))


def status_counts(applications: QuerySet[Any]) -> dict[Status, int]:
    """How many of the applications have each of the nine statuses; one query."""
    counts = dict(applications.order_by().values_list("attention").annotate(number=Count("pk")))
    return {status: counts.get(ATTENTION.index(status), 0) for status in Status}


def status_of(application: Application) -> Status:
    """The status of an application that comes from `applications_on`."""
    return ATTENTION[application.attention]  # type: ignore[attr-defined]


@dataclass
class Source:
    """Where the facts about the applications of one device come from, as far as the user may see them."""

    device: Device
    user: Any | None = None

    @cached_property
    def superseded(self) -> dict[int, list[int]]:
        """Application → those that supersede it, the newest last (ids)."""
        replaced = Application.objects.filter(superseded_by__isnull=False).only("pk", "superseded_by")
        return {pk: [each.pk for each in chain] for pk, chain in chains(replaced).items()}

    @cached_property
    def in_place(self) -> dict[int, int]:
        """Superseded application → the one that its row speaks of, where that is another (ids)."""
        if not self.superseded:
            return {}
        found = dict(self.reports.order_by("reported_at").values_list("application", "found"))
        stand_ins = {pk: in_place_of(pk, chain, found) for pk, chain in self.superseded.items()}
        return {pk: other for pk, other in stand_ins.items() if pk != other}

    @cached_property
    def under_way(self) -> dict[int, int]:
        """Superseded application → the newest of its chain, where an open request is about that one (ids)."""
        if not self.superseded:
            return {}
        targets = set(self.requests.filter(state__in=OPEN).values_list("target", flat=True))
        return {pk: chain[-1] for pk, chain in self.superseded.items() if chain[-1] in targets}

    @cached_property
    def brought(self) -> dict[int, list[int]]:
        """Application → the superseded ones that Required deployments ask for, and for which it is installed (ids)."""
        if not self.superseded:
            return {}
        asked = effective_deployments(self.device, self.user).filter(purpose=Deployment.Purpose.REQUIRED)
        parts = asked.values_list("application", "application__members")
        brought: dict[int, list[int]] = {}
        for pk in {pk for row in parts for pk in row if pk in self.superseded}:
            brought.setdefault(self.superseded[pk][-1], []).append(pk)
        return brought

    @property
    def reports(self) -> QuerySet[Report]:
        return Report.objects.filter(self._in_sight(), device=self.device)

    @property
    def requests(self) -> QuerySet[Request]:
        return Request.objects.filter(self._in_sight(), device=self.device)

    def _in_sight(self) -> Q:
        if self.user is None or self.user.is_superuser:
            return Q()
        return Q(person__isnull=True) | Q(person__in=Person.objects.visible_to(self.user))

    def attention(self) -> Expression:
        """The place in ATTENTION of the status; for a group: of its own open request, else of its worst member."""
        members = (
            GroupMember.objects.filter(group=OuterRef("pk"))
            .annotate(attention=self._attention_of("application_id"))
            .order_by("attention")
            .values("attention")[:1]
        )
        request = self._request("pk")
        of_group = Case(
            *(
                When(Exists(request.filter(state__in=conditions["request"])), then=Value(ATTENTION.index(status)))
                for status, conditions in RULES
                if "request" in conditions
            ),
            default=Coalesce(Subquery(members), Value(ATTENTION.index(Status.AVAILABLE))),
            output_field=IntegerField(),
        )
        return Case(When(is_group=True, then=of_group), default=self._attention_of("pk"), output_field=IntegerField())

    def _attention_of(self, application: str) -> Expression:
        """RULES as CASE WHEN, for the application in the named column of the outer query."""
        reported = self.reports.filter(application=self._there(application)).order_by("-reported_at")
        state = Subquery(self._request(application).order_by("-created_at").values("state")[:1])
        found = Subquery(reported.values("found")[:1])
        fits: dict[str, Callable[[tuple[object, ...]], Q]] = {
            "request": lambda values: Q(In(state, values)),
            "reported": lambda values: Q(In(found, values)),
            "required": lambda _: Q(Exists(self._requiring(application))),
            "ever_installed": lambda _: Q(Exists(reported.filter(ever_installed=True))),
        }
        whens = []
        for status, conditions in RULES[:-1]:
            condition = Q()
            for fact, values in conditions.items():
                condition &= fits[fact](values)
            whens.append(When(condition, then=Value(ATTENTION.index(status))))
        return Case(*whens, default=Value(ATTENTION.index(RULES[-1][0])), output_field=IntegerField())

    def _there(self, application: str) -> Expression | OuterRef:
        """What is there in the place of the application in the named column of the outer query (R15)."""
        return self._instead(application, self.in_place)

    @staticmethod
    def _instead(application: str, others: Mapping[int, int]) -> Expression | OuterRef:
        itself = OuterRef(application)
        cases = [When(Exact(itself, Value(pk)), then=Value(other)) for pk, other in others.items()]
        return Case(*cases, default=itself, output_field=IntegerField()) if cases else itself

    def _requiring(self, application: str) -> QuerySet[Deployment]:
        """The Required deployments that bring the application in the named column of the outer query: its own, those of
        groups with it, and those of what it supersedes."""
        itself = OuterRef(application)
        brings = Q(application=itself) | Q(application__group_members__application=itself)
        for pk, older in self.brought.items():
            asked_for = Q(application__in=older) | Q(application__group_members__application__in=older)
            brings |= Q(Exact(itself, Value(pk))) & asked_for
        return effective_deployments(self.device, self.user).filter(brings, purpose=Deployment.Purpose.REQUIRED)

    def _request(self, application: str) -> QuerySet[Request]:
        """The open install or reinstall request of the application in the named column of the outer query, or of what
        is there in its place."""
        about = Q(application=OuterRef(application)) | Q(target=OuterRef(application))
        for others in (self.in_place, self.under_way):
            if others:
                other = self._instead(application, others)
                about |= Q(application=other) | Q(target=other)
        return self.requests.filter(about, state__in=OPEN, action__in=INSTALLING_ACTIONS)

    def deadline(self) -> Subquery:
        required = self._requiring("pk").filter(deadline__isnull=False)
        return Subquery(required.order_by("deadline").values("deadline")[:1], output_field=DateTimeField())

    def changed_at(self) -> Expression:
        asked = self.requests.filter(application=OuterRef("pk")).order_by("-created_at")
        request = Subquery(asked.values(at=Coalesce("finished_at", "acknowledged_at", "created_at"))[:1])
        reported = self.reports.filter(application=self._there("pk")).order_by("-reported_at")
        report = Subquery(reported.values("reported_at")[:1])
        return Coalesce(Greatest(request, report), request, report, output_field=DateTimeField())
