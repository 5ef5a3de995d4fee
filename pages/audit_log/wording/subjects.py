"""What an entry is about, as a sentence in the reader's language, and the words by which it is searched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from applications.wording.actions import ACTION_LABELS
from audit.models import AuditEntry
from devices.ready_made_names import collection_name, collections_shown_as, role_name, roles_shown_as

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind

# Each is filled with the name of the object and with the facts of the entry.
SENTENCES: dict[str, Any] = {
    Kind.APPLICATION: _("Application %(name)s"),
    Kind.APPLICATION_GROUP: _("Application group %(name)s"),
    Kind.DEPLOYMENT_TYPE: _("Deployment type %(name)s of %(application)s"),
    Kind.DEPLOYMENT: _("Deployment %(name)s"),
    Kind.COLLECTION: _("Collection %(name)s"),
    Kind.DEVICE: _("Device %(name)s"),
    Kind.PERSON: _("User %(name)s"),
    Kind.SITE: _("Site %(name)s"),
    Kind.ROLE: _("Role %(name)s"),
    Kind.USER: _("Account %(name)s"),
    Kind.PASSWORD: _("Password of %(name)s"),
    Kind.ENROLMENT_TOKEN: _("Enrolment token for %(name)s"),
    Kind.REQUEST: _("%(action)s: %(application)s, %(device)s"),
    Kind.APPLICATIONS: Kind.APPLICATIONS.label,
    Kind.APPLICATION_GROUPS: Kind.APPLICATION_GROUPS.label,
    Kind.DEVICE_APPLICATIONS: _("Applications of %(name)s"),
    Kind.DEPLOYMENTS: Kind.DEPLOYMENTS.label,
    Kind.DEVICES: Kind.DEVICES.label,
    Kind.SIGNING_KEY: Kind.SIGNING_KEY.label,
    Kind.REQUESTS: Kind.REQUESTS.label,
    Kind.AUDIT_LOG: Kind.AUDIT_LOG.label,
}
# The verb says it already: a user signed in, a device enrolled.
BY_NAME = {Verb.SIGNED_IN, Verb.SIGN_IN_FAILED, Verb.SIGNED_OUT, Verb.ENROLLED, Verb.TURNED_AWAY}
# Facts that stand in a sentence above, or say which person a request is for, which is for the page of that request.
SUBJECT_FACTS = {"action", "application", "device", "person"}


def _deployment_name(name: str) -> str:
    """Of “application → collection”."""
    application, arrow, collection = name.rpartition(" → ")
    return f"{application}{arrow}{collection_name(collection)}"


# How the names of these are shown.
SHOWN: dict[str, Callable[[str], str]] = {
    Kind.COLLECTION: collection_name,
    Kind.DEPLOYMENT: _deployment_name,
    Kind.ROLE: role_name,
}


def subject_of(entry: AuditEntry) -> str:
    """“Application GIMP 3.0”, or of a request “Install: GIMP 3.0, LT-AMS-0421”; of an entry without what fills its
    sentence (older than kinds and facts) the name."""
    if entry.kind not in SENTENCES or entry.verb in BY_NAME:
        return entry.name
    facts = {**entry.facts, "name": SHOWN.get(entry.kind, str)(entry.name)}
    if "action" in facts:
        facts["action"] = ACTION_LABELS.get(facts["action"], facts["action"])
    try:
        return str(SENTENCES[entry.kind]) % facts
    except KeyError:
        return entry.name


def matching(text: str) -> Q:
    """Entries whose sentence has this in its name, in the word for the kind of object, or in the action of a request;
    the words in the reader's language or in English."""
    ready_made = Q(kind=Kind.COLLECTION, name__in=collections_shown_as(text))
    ready_made |= Q(kind=Kind.ROLE, name__in=roles_shown_as(text))
    found = ready_made | Q(name__icontains=text) | Q(kind__in=_kinds(text)) & ~Q(verb__in=BY_NAME)
    actions = _actions(text)
    return found | Q(kind=Kind.REQUEST, facts__action__in=actions) if actions else found


def _kinds(text: str) -> list[str]:
    """A request is described by its action."""
    kinds = (kind for kind in Kind if kind is not Kind.REQUEST)
    return [kind.value for kind in kinds if _part_of(text, _english(kind), str(kind.label))]


def _english(kind: AuditEntry.Kind) -> str:
    with override("en"):
        return str(kind.label)


def _actions(text: str) -> list[str]:
    return [str(action) for action, label in ACTION_LABELS.items() if _part_of(text, str(action), str(label))]


def _part_of(text: str, *words: str) -> bool:
    return any(text.strip().casefold() in word.casefold() for word in words)
