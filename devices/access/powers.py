"""The permissions of Koppel as an administrator gives and reads them: a few powers, each a handful of Django's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION, VIEW_AUDIT, VIEW_USER


@dataclass(frozen=True)
class Power:
    name: str
    label: Any  # “Approve: ask for an action on a device”; before the colon stands its name
    permissions: tuple[str, ...]

    @property
    def title(self) -> str:
        """“Approve”: what stands before the colon of the label, in the language of the reader."""
        return str(self.label).partition(":")[0]


def all_of(app: str, *models: str) -> tuple[str, ...]:
    return tuple(f"{app}.{verb}_{model}" for model in models for verb in ("add", "change", "delete", "view"))


POWERS = (
    Power("read_collection", _("Read: see the devices and users of the collections"), (READ_COLLECTION,)),
    Power("read_application", _("Read: see applications and their status"), (READ_APPLICATION,)),
    Power("approve", _("Approve: ask for an action on a device"), (APPROVE,)),
    Power(
        "devices",
        _("Manage devices: enrol, change, delete"),
        (*all_of("devices", "device"), *all_of("devices", "enrolmenttoken")),
    ),
    Power("persons", _("Manage users"), all_of("devices", "person")),
    Power(
        "collections",
        _("Manage collections and their rules"),
        (*all_of("devices", "collection"), *all_of("devices", "collectionrule")),
    ),
    Power("sites", _("Manage sites"), all_of("devices", "site")),
    Power(
        "applications",
        _("Manage applications, their deployment types and groups"),
        all_of("applications", "application", "deploymenttype", "groupmember"),
    ),
    Power("deployments", _("Manage deployments"), all_of("applications", "deployment")),
    Power("roles", _("Manage roles: what they may do, and on which collections"), all_of("devices", "collectionright")),
    Power("audit", _("Read the audit log"), (VIEW_AUDIT,)),
)
USERS = Power("users", _("Manage accounts"), (VIEW_USER,))  # only superusers have it; no role gives it
_BY_NAME = {power.name: power for power in POWERS}


def power_of(name: str) -> Power:
    return _BY_NAME[name]


def powers_of(permissions: Iterable[str]) -> list[str]:
    """The powers (names) that these permissions give in full."""
    given = set(permissions)
    return [power.name for power in POWERS if given.issuperset(power.permissions)]


def in_words(permission: str) -> str:
    """The name of the power that a permission belongs to, and its code: “Approve (applications.approve_application)”.

    Only the code when no power has it.
    """
    power = next((power for power in (*POWERS, USERS) if permission in power.permissions), None)
    return f"{power.title} ({permission})" if power else permission
