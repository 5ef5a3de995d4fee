"""What the log calls a field and its value, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.models import Deployment, DeploymentType
from applications.wording.definitions import DETECTION_KINDS, MEANINGS, REQUIREMENT_KINDS
from devices.access.powers import POWERS, powers_of
from devices.models import Device
from devices.ready_made_names import collection_name, role_name
from pages.audit_log.wording.rules import rule_in_words
from ui.times import dated

NOTHING = "–"

FIELDS: dict[str, Any] = {
    "name": _("name"),
    # of devices
    "site": _("site"),
    "os": _("OS"),
    "client_version": _("client version"),
    "primary_user": _("primary user"),
    "primary_by": _("the primary user is"),
    # of sites
    "version": _("version"),
    "queue_every_action": _("queue every action"),
    "primary_from_use": _("primary users from use"),
    # of persons and users
    "username": _("user name"),
    "first_name": _("first name"),
    "last_name": _("last name"),
    "email": _("email"),
    "department": _("department"),
    "is_active": _("active"),
    "is_superuser": _("all rights"),
    "password": _("password"),
    "roles": _("roles"),
    "second_factors": _("second factors"),
    "by": _("by"),
    "identity": _("identity at the provider"),
    # of collections and roles
    "comment": _("comment"),
    "limiting": _("limited to"),
    "rules": _("membership rules"),
    "permissions": _("permissions"),
    "collections": _("collections"),
    "provider_group": _("group at the identity provider"),
    "second_factor": _("second factor"),
    # of applications and groups
    "publisher": _("publisher"),
    "description": _("description"),
    "superseded_by": _("superseded by"),
    "members": _("members"),
    "dependencies": _("dependencies"),
    "uninstall_first": _("uninstall it first"),
    "revision": _("revision"),
    # of deployment types
    "priority": _("priority"),
    "platform": _("platform"),
    "run_as": _("runs for"),
    "file_name": _("file"),
    "content": "SHA-256",
    "install_command": _("install command"),
    "uninstall_command": _("uninstall command"),
    "repair_command": _("repair command"),
    "detection": _("detection rule"),
    "requirements": _("requirements"),
    "return_codes": _("return codes"),
    "max_run_minutes": _("maximum run time in minutes"),
    # of their detection and requirements
    "path": _("path"),
    "command": _("command"),
    "script": _("script"),
    "at_least": _("at least"),
    "in": _("one of"),
    "matches": _("matches"),
    # of deployments
    "application": _("application"),
    "collection": _("collection"),
    "purpose": _("purpose"),
    "requires_approval": _("requires approval"),
    "available_from": _("available from"),
    "deadline": _("deadline"),
    # of entries themselves
    "exit_code": _("exit code"),
    "devices": _("devices"),
    "expires_at": _("until"),
    "import": _("imported"),
}
FACTORS = {
    "totp": _("authenticator app"),
    "recovery_code": _("recovery code"),
    "passkey": _("passkey"),
    "provider": _("identity provider"),
}
VALUES: dict[str, dict[str, Any]] = {
    "platform": dict(DeploymentType.Platform.choices),
    "in": dict(Device.Platform.choices),
    "run_as": dict(DeploymentType.RunAs.choices),
    "kind": {**DETECTION_KINDS, **REQUIREMENT_KINDS},
    "return_codes": MEANINGS,
    "purpose": dict(Deployment.Purpose.choices),
    "primary_by": dict(Device.PrimaryBy.choices),
    "by": {"password": _("password"), "passkey": _("passkey"), "provider": _("identity provider")},
    "second_factor": FACTORS,
    "second_factors": FACTORS,
    "password": {"before": _("the one before"), "by_administrator": _("set by an administrator")},
}
NAMES: dict[str, Callable[[str], str]] = {
    "collection": collection_name,
    "collections": collection_name,
    "limiting": collection_name,
    "roles": role_name,
}
MOMENTS = ("available_from", "deadline", "expires_at")


def field_in_words(name: str) -> str:
    return str(FIELDS.get(name, name.replace("_", " ")))


def is_empty(value: Any) -> bool:
    return value in (None, "", [], {})


def value_in_words(field: str, value: Any) -> str:
    """One line; of what is made of parts each part with its name."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if is_empty(value):
        return NOTHING
    if field == "permissions" and isinstance(value, list):
        return ", ".join(_powers(value))
    if field == "rules" and isinstance(value, list):
        return ", ".join(sorted(rule_in_words(each) if isinstance(each, dict) else str(each) for each in value))
    if isinstance(value, list | tuple):
        return ", ".join(value_in_words(field, each) for each in value)
    if isinstance(value, dict):
        return ", ".join(_part(field, name, each) for name, each in value.items())
    return _text(field, str(value))


def _part(field: str, name: str, value: Any) -> str:
    """The kind goes without its name. What has no name, as a return code, is a value of the field that it is in."""
    if name == "kind":
        return value_in_words(name, value)
    return f"{field_in_words(name)} {value_in_words(name if name in FIELDS else field, value)}"


def _text(field: str, text: str) -> str:
    at = parse_datetime(text) if field in MOMENTS else None
    if at:
        return dated(timezone.localtime(at), "j M Y H:i")
    if field in NAMES:
        return NAMES[field](text)
    return str(VALUES.get(field, {}).get(text, text))


def _powers(permissions: Iterable[str]) -> Iterable[str]:
    """By the names that the form of a role has; a permission without the others of its power by its code."""
    names = powers_of(permissions)
    given = [power for power in POWERS if power.name in names]
    yield from (power.title for power in given)
    said = {permission for power in given for permission in power.permissions}
    yield from (permission for permission in permissions if permission not in said)
