"""What the five actions are called, asked and told: one row for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from applications.rules.words import Action


@dataclass(frozen=True)
class ActionWording:
    """`label` names the action on buttons; `question` and `consequence` stand in the dialog, with %(what)s and
    %(device)s; `requested` and `impossible` are messages after the click, with %(application)s, the latter with
    %(reason)s; `asked` and `under_way` are lines of detail under a status (R8), empty where the status itself says it;
    `icon` is one of static/console/icons.svg."""

    label: Any
    icon: str
    question: Any
    consequence: Any
    requested: Any
    impossible: Any
    asked: Any = ""
    under_way: Any = ""


WORDING: dict[str, ActionWording] = {
    Action.INSTALL: ActionWording(
        label=_("Install"),
        icon="install",
        question=_("Install %(what)s?"),
        consequence=_("It will be installed on %(device)s."),
        requested=_("Install requested: %(application)s."),
        impossible=_("%(application)s cannot be installed: %(reason)s."),
    ),
    Action.REINSTALL: ActionWording(
        label=_("Reinstall"),
        icon="again",
        question=_("Reinstall %(what)s?"),
        consequence=_("Its install command will run again on %(device)s."),
        requested=_("Reinstall requested: %(application)s."),
        impossible=_("%(application)s cannot be reinstalled: %(reason)s."),
    ),
    Action.REEVALUATE: ActionWording(
        label=_("Re-evaluate"),
        icon="check",
        question=_("Re-evaluate %(what)s?"),
        consequence=_("The client on %(device)s will look again whether it is installed."),
        requested=_("Re-evaluation requested: %(application)s."),
        impossible=_("%(application)s cannot be re-evaluated: %(reason)s."),
        asked=_("Re-evaluation requested"),
        under_way=_("Re-evaluating"),
    ),
    Action.UNINSTALL: ActionWording(
        label=_("Uninstall"),
        icon="trash",
        question=_("Uninstall %(what)s?"),
        consequence=_("It will be removed from %(device)s. Open files may be lost when the program is in use."),
        requested=_("Uninstall requested: %(application)s."),
        impossible=_("%(application)s cannot be uninstalled: %(reason)s."),
        asked=_("Uninstall requested"),
        under_way=_("Uninstalling"),
    ),
    Action.REPAIR: ActionWording(
        label=_("Repair"),
        icon="wrench",
        question=_("Repair %(what)s?"),
        consequence=_("Its repair command will run on %(device)s."),
        requested=_("Repair requested: %(application)s."),
        impossible=_("%(application)s cannot be repaired: %(reason)s."),
        asked=_("Repair requested"),
        under_way=_("Repairing"),
    ),
}
ACTION_LABELS = {action: wording.label for action, wording in WORDING.items()}
