"""The applications of a device with their statuses (R2), as one SQL query built from the tables of the rules."""

from __future__ import annotations

from collections.abc import Callable
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
from django.db.models.lookups import In

from applications.models import Application, Deployment, GroupMember, Report, Request
from applications.rules.lifecycle import OPEN
from applications.rules.status import ATTENTION, RULES, Status
from applications.rules.words import INSTALLING_ACTIONS
from applications.status.reach import deployments_reaching, earlier_installed, listed_deployments
from devices.models import Device, Person


def applications_on(device: Device, user: Any | None = None) -> QuerySet[Any]:
    """The applications and groups that are listed for the device, one row each, as far as the user may see them.

    Annotated with `attention` (an index into ATTENTION: 0 is what needs attention first), `deadline` (the earliest of
    the Required deployments that bring it) and `changed_at` (the last request or report).
    """
    source = Source(device, user)
    listed = Exists(listed_deployments(device, user).filter(application=OuterRef("pk"))) | Exists(
        earlier_installed(device, user).filter(application=OuterRef("pk"))
    )
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


@dataclass(frozen=True)
class Source:
    """Where the facts about the applications of one device come from, as far as the user may see them."""

    device: Device
    user: Any | None = None

    @property
    def reaching(self) -> QuerySet[Deployment]:
        return deployments_reaching(self.device, self.user)

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
        reported = self.reports.filter(application=OuterRef(application)).order_by("-reported_at")
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

    def _requiring(self, application: str) -> QuerySet[Deployment]:
        """The Required deployments of the application in the named column of the outer query, or of a group with it."""
        brings = Q(application=OuterRef(application)) | Q(application__group_members__application=OuterRef(application))
        return self.reaching.filter(brings, purpose=Deployment.Purpose.REQUIRED)

    def _request(self, application: str) -> QuerySet[Request]:
        """The open install or reinstall request of the application in the named column of the outer query."""
        return self.requests.filter(
            Q(application=OuterRef(application)) | Q(target=OuterRef(application)),
            state__in=OPEN,
            action__in=INSTALLING_ACTIONS,
        )

    def deadline(self) -> Subquery:
        required = self._requiring("pk").filter(deadline__isnull=False)
        return Subquery(required.order_by("deadline").values("deadline")[:1], output_field=DateTimeField())

    def changed_at(self) -> Expression:
        asked = self.requests.filter(application=OuterRef("pk")).order_by("-created_at")
        request = Subquery(asked.values(at=Coalesce("finished_at", "acknowledged_at", "created_at"))[:1])
        reported = self.reports.filter(application=OuterRef("pk")).order_by("-reported_at")
        report = Subquery(reported.values("reported_at")[:1])
        return Coalesce(Greatest(request, report), request, report, output_field=DateTimeField())
