"""What an action does, application by application, and in which order: dependencies first (R25), what a newer one
replaces before it (R15). The one place that the click, the order, the policy and the page ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from applications.models import Application, Dependency
from applications.rules import dependencies
from applications.rules.words import INSTALLING_ACTIONS, Action
from applications.status.in_place import chains, newest


@dataclass(frozen=True, slots=True)
class Step:
    """One application that an action handles. `wanted`: of what goes before others, those (ids) that were asked for and
    for which it does; `replaced_by`: what it makes room for."""

    application: Application
    action: Action
    wanted: tuple[int, ...] = ()
    replaced_by: int | None = None


class Steps:
    """What goes before these applications; two queries when nothing does, else a few for each step down."""

    def __init__(self, applications: Iterable[Application], also: Q | None = None) -> None:
        """`also`: of the dependencies of which other applications to know as well."""
        self.needs: dict[int, list[int]] = {}
        # Application → whatever meets one of its dependencies: what it names, and all that supersede that.
        self.met_by: defaultdict[int, set[int]] = defaultdict(set)
        self.applications = {each.pk: each for each in applications}
        self._known: dict[tuple[Action, tuple[int, ...]], list[Step]] = {}  # of many devices it is asked for the same
        wanted = Q(application__in=list(self.applications))
        self._follow(wanted | also if also is not None else wanted)

    def first(self, application: Application) -> list[Application]:
        """What is installed before it, in order."""
        return [self.applications[pk] for pk in dependencies.first(self.needs, application.pk)]

    def of(self, targets: Sequence[Application], action: Action) -> list[Step]:
        """All that is done for these, which were asked for: of a group its members, in their order."""
        about = action, tuple(each.pk for each in targets)
        if about not in self._known:
            self._known[about] = self._of(targets, action)
        return self._known[about]

    def _of(self, targets: Sequence[Application], action: Action) -> list[Step]:
        if action is Action.UNINSTALL:
            order = dependencies.in_order(self.needs, [each.pk for each in targets])
            named = {each.pk: each for each in targets}
            return [Step(named[pk], action) for pk in reversed(order)]
        if action not in INSTALLING_ACTIONS:
            return [Step(each, action) for each in targets]
        wanted: defaultdict[int, list[int]] = defaultdict(list)
        asked = {each.pk for each in targets}
        for target in targets:
            for each in (*self.first(target), target):
                wanted[each.pk].append(target.pk)
        steps = []
        for pk, those in wanted.items():
            for older in self._replaced.get(pk, ()):
                steps.append(Step(older, Action.UNINSTALL, tuple(those), replaced_by=pk))
            mine = pk in asked
            steps.append(
                Step(self._named(pk, targets), action if mine else Action.INSTALL, () if mine else tuple(those))
            )
        return steps

    @property
    def everything(self) -> set[int]:
        """All (ids) that may be handled."""
        return set(self.applications) | {each.pk for those in self._replaced.values() for each in those}

    def needed_by(self, application: Application, others: Iterable[int]) -> list[int]:
        """Those of the others (ids) that need it, also by way of what they need."""
        return [pk for pk in others if application.pk in self._all_that_meets(pk)]

    def _all_that_meets(self, application: int) -> set[int]:
        found = set(self.met_by.get(application, ()))
        for each in dependencies.first(self.needs, application):
            found |= self.met_by.get(each, set())
        return found

    def _named(self, pk: int, targets: Sequence[Application]) -> Application:
        return next((each for each in targets if each.pk == pk), None) or self.applications[pk]

    def _follow(self, condition: Q) -> None:
        asked: set[int] = set()
        while rows := list(Dependency.objects.filter(condition).select_related("needs").order_by("position", "pk")):
            replaced = chains(row.needs for row in rows)
            for row in rows:
                chain = [row.needs, *replaced.get(row.needs_id, ())]
                newest = chain[-1]
                self.applications.setdefault(newest.pk, newest)
                self.met_by[row.application_id] |= {each.pk for each in chain}
                those = self.needs.setdefault(row.application_id, [])
                if newest.pk not in those:
                    those.append(newest.pk)
            asked |= {row.application_id for row in rows}
            following = {pk for row in rows for pk in self.needs[row.application_id]} - asked
            condition = Q(application__in=following)

    @cached_property
    def _replaced(self) -> dict[int, list[Application]]:
        """For each application those that it supersedes and that are to be uninstalled before it comes."""
        flagged = Application.objects.filter(uninstall_first=True, superseded_by__isnull=False).order_by("pk")
        gone = {each.pk: each for each in flagged}
        found: defaultdict[int, list[Application]] = defaultdict(list)
        for pk, chain in chains(gone.values()).items():
            if chain[-1].pk in self.applications:
                found[chain[-1].pk].append(gone[pk])
        return dict(found)


def steps_of(application: Application) -> list[Step]:
    """What goes before an application, or the members of a group, wherever they are installed."""
    parts = [application]
    if application.is_group:
        parts = [place.application for place in application.group_members.select_related("application")]
    following = newest(parts)
    targets = [following.get(each.pk, each) for each in parts]
    return [step for step in Steps(targets).of(targets, Action.INSTALL) if step.wanted]


def carriers(applications: Iterable[int]) -> set[int]:
    """The applications (ids, groups not among them) whose installation runs one of these: themselves, what they
    supersede, what needs one of them, and what supersedes one that goes before it comes."""
    found = set(applications)
    edge = found
    while edge:
        brings = Q(superseded_by__in=edge) | Q(needs__needs__in=edge)
        replaces = Q(supersedes__in=Application.objects.filter(pk__in=edge, uninstall_first=True))
        edge = set(Application.objects.filter(brings | replaces).values_list("pk", flat=True)) - found
        found |= edge
    return found
