"""What an entry is about, in the reader's language; the log keeps it in English, and that is what is searched."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils.translation import gettext_noop as _
from django.utils.translation import override

from applications.models.request import ACTION_LABELS
from console.models import AuditEntry
from console.phrases import Phrases

Verb = AuditEntry.Verb

THINGS = Phrases(
    _("Application group %(name)s"),
    _("Application %(name)s"),
    _("Collection %(name)s"),
    _("Deployment type %(name)s of %(application)s"),
    _("Deployment %(name)s"),
    _("Device %(name)s"),
    _("Enrolment token for %(site)s"),
    _("Password of %(name)s"),
    _("Person %(name)s"),
    _("Role %(name)s"),
    _("Site %(name)s"),
    _("User %(name)s"),
)
LISTS = Phrases(
    _("Applications of %(device)s"),
    _("Application groups"),
    _("Applications"),
    _("Audit log"),
    _("Deployments"),
    _("Devices"),
    _("Requests"),
)
NAMES = Phrases()  # of a user or a device
PHRASES = {
    Verb.CREATED: THINGS,
    Verb.CHANGED: THINGS,
    Verb.DELETED: THINGS,
    Verb.EXPORTED: LISTS,
    **dict.fromkeys((Verb.SIGNED_IN, Verb.SIGN_IN_FAILED, Verb.SIGNED_OUT, Verb.ENROLLED), NAMES),
}


def target_in_words(verb: str, target: str) -> str:
    """“Application GIMP 3.0”, or of a request “Install: GIMP 3.0, LT-AMS-0421”."""
    if verb in PHRASES:
        return PHRASES[Verb(verb)].said(target) or target
    action, colon, about = target.partition(": ")
    return f"{_actions().get(action, action)}{colon}{about}"


@cache
def _actions() -> dict[str, Any]:
    """English name → label."""
    with override("en"):
        return {str(label): label for label in ACTION_LABELS.values()}
