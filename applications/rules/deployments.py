"""What a deployment may be: what is wrong with a plan for one, and what can be deployed at all (R10, R13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from applications.rules.problems import Problem
from applications.rules.reasons import gettext_noop as _

AVAILABLE, REQUIRED = "available", "required"


@dataclass(frozen=True, slots=True)
class Plan:
    """The application and the collection are ids."""

    application: int
    collection: int
    purpose: str
    requires_approval: bool = False
    available_from: datetime | None = None
    deadline: datetime | None = None


# What a change must leave as it is, and why not otherwise.
FIXED = (
    ("purpose", _("The purpose of a deployment cannot be changed. Delete this deployment and make a new one.")),
    ("application", _("The application of a deployment cannot be changed. Delete this deployment and make a new one.")),
    ("collection", _("The collection of a deployment cannot be changed. Delete this deployment and make a new one.")),
)


def problems(plan: Plan, before: Plan | None = None) -> list[Problem]:
    """What is wrong with a plan; `before`: what the deployment is now, when it is not a new one."""
    found = []
    if plan.purpose not in (AVAILABLE, REQUIRED):
        found.append(Problem(_("Choose Available or Required."), part="purpose"))
    if plan.requires_approval and plan.purpose == REQUIRED:
        sentence = _("What is Required installs by itself, so nobody approves it; only Available can require approval.")
        found.append(Problem(sentence, part="requires_approval"))
    if plan.deadline and plan.purpose == AVAILABLE:
        sentence = _("What is Available waits until somebody asks, so it has no deadline; only Required has.")
        found.append(Problem(sentence, part="deadline"))
    elif plan.deadline and plan.available_from and plan.deadline < plan.available_from:
        sentence = _("The deadline is before the moment from which the application is available.")
        found.append(Problem(sentence, part="deadline"))
    if before:
        found += [Problem(why, part=part) for part, why in FIXED if getattr(plan, part) != getattr(before, part)]
    return found


@dataclass(frozen=True, slots=True)
class Content:
    """What a deployment would bring: an application with so many deployment types, or a group with members; `unready`:
    what must be installed before and has no deployment type."""

    name: str
    types: int = 0
    is_group: bool = False
    members: Sequence[Content] = ()
    unready: Sequence[str] = ()


def cannot_deploy(content: Content) -> Problem | None:
    """Why this cannot be deployed: there would be nothing to run."""
    if content.unready:
        facts = {"application": content.name, "needed": ", ".join(content.unready)}
        return Problem(_("%(application)s needs %(needed)s, without a deployment type to install first."), facts)
    if not content.is_group:
        if content.types:
            return None
        return Problem(
            _("%(application)s has no deployment type, so there is nothing to run."), {"application": content.name}
        )
    if not content.members:
        return Problem(
            _("The group %(group)s has no members, so there is nothing to install."), {"group": content.name}
        )
    empty = [member.name for member in content.members if not member.types]
    if not empty:
        return None
    facts = {"group": content.name, "members": ", ".join(empty)}
    return Problem(_("In the group %(group)s there are members without a deployment type: %(members)s."), facts)
