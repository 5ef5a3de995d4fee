"""A form filled in by what a file says of itself; what somebody wrote stays."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from applications.content import store
from applications.models import Content
from applications.reading.read import read
from applications.reading.suggestion import Suggestion, Unreadable

KINDS = {
    "debian": lambda: _("Debian package"),
    "rpm": lambda: _("RPM package"),
    "msi": lambda: _("Windows Installer package"),
    "archive": lambda: _("Archive"),
    "wheel": lambda: _("Python application"),
    "program": lambda: _("Program"),
    "script": lambda: _("Script"),
}
Values = dict[str, Any]


def suggestion_of(content: Content, name: str) -> tuple[Suggestion | None, str]:
    """What the file says of itself, or why it cannot be read: a sentence, empty for a kind that is not known."""
    try:
        with store.opened(content) as file:
            return read(file, name), ""
    except FileNotFoundError:
        return None, _("That file is no longer here. Choose it again.")
    except Unreadable:
        return None, _("%(name)s cannot be read: it is damaged, or not what its name says.") % {"name": name}


def application_values(found: Suggestion) -> Values:
    names = ("name", "version", "publisher", "description")
    return {name: getattr(found, name) for name in names}


def type_values(found: Suggestion) -> Values:
    rule = found.detection
    return {
        "name": KINDS[found.kind](),
        "platform": found.platform,
        "install_command": found.install,
        "uninstall_command": found.uninstall,
        "repair_command": found.repair,
        **{f"detection_{part}": rule.get(part, "") for part in ("kind", "path", "name", "command", "version")},
    }


def filled_in(form: forms.BaseForm, values: Values, former: Values, *, new: bool) -> Values:
    """The values with which to show the form: of a new one everything that was read, else what is empty or was read
    out of the former file."""
    sent = {name: form[name].value() for name in form.fields}
    if new:
        return sent | {name: value for name, value in values.items() if value}
    for name, value in values.items():
        if value and (not sent.get(name) or sent[name] == former.get(name)):
            sent[name] = value
    return sent
