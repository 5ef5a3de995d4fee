"""What comes before and after an application, without circles: what supersedes it (R15), what it needs first (R25)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext as _

from applications.authoring.saving import SaveRefused, refuse
from applications.models import Application, Dependency, DeploymentType
from applications.rules import dependencies, supersedence

NEW = 0  # stands for an application that has no id yet


def refuse_circles(application: Application, needs: Sequence[int] | None = None) -> None:
    """With every application locked. `needs`: what it will need (ids, in order); None: what it needs now."""
    found = lock_applications()
    me, by = application.pk or NEW, application.superseded_by_id
    names = {pk: str(row) for pk, row in found.items()} | {me: str(application)}
    edges = {pk: row.superseded_by_id for pk, row in found.items()} | {me: by}
    if by and (application.is_group or by not in found):
        raise SaveRefused(_("Only an application can supersede another, and a group cannot be superseded."))
    if by:
        refuse(supersedence.problem(edges, names, me, by))
    named: defaultdict[int, list[int]] = defaultdict(list)
    for pk, needed in Dependency.objects.order_by("position", "pk").values_list("application", "needs"):
        named[pk].append(needed)
    if needs is not None:
        _refuse_what_cannot_be_needed(me, needs, names)
        named[me] = list(needs)
    refuse(dependencies.problem(named, edges, names, me))


def lock_applications() -> dict[int, Application]:
    """Every one, by id, so that two who save at the same moment cannot make a circle together."""
    rows = Application.objects.filter(is_group=False).order_by("pk").select_for_update(no_key=True)
    return {row.pk: row for row in rows.only("name", "version", "superseded_by")}


def _refuse_what_cannot_be_needed(me: int, needs: Sequence[int], names: dict[int, str]) -> None:
    if len(set(needs)) != len(needs) or me in needs or not set(needs) <= names.keys():
        raise SaveRefused(_("A dependency is another application, named once; a group cannot be one."))
    if len(needs) > dependencies.MAX_DEPENDENCIES:
        most = dependencies.MAX_DEPENDENCIES
        raise SaveRefused(_("An application has at most %(most)s dependencies.") % {"most": most})
    ready = set(DeploymentType.objects.filter(application__in=needs).values_list("application", flat=True))
    if empty := [names[pk] for pk in needs if pk not in ready]:
        sentence = _("%(applications)s: without a deployment type there would be nothing to install first.")
        raise SaveRefused(sentence % {"applications": ", ".join(empty)})


def dependencies_of(application: Application) -> list[str]:
    """For the audit log."""
    return [str(each.needs) for each in application.needs.select_related("needs")] if application.pk else []


def write_dependencies(application: Application, needs: Sequence[int]) -> None:
    """These and no others."""
    if list(application.needs.values_list("needs", flat=True)) == list(needs):
        return
    application.needs.all().delete()
    Dependency.objects.bulk_create(
        Dependency(application=application, needs_id=pk, position=place) for place, pk in enumerate(needs, 1)
    )
