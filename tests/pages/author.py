"""What the tests of authoring share: an author in a browser, forms as they are sent, what the audit log says."""

from __future__ import annotations

from typing import Any

from django.test import Client

from applications.models import Application
from audit.models import AuditEntry
from devices.access import permissions
from devices.access.permissions import READ_APPLICATION, READ_COLLECTION
from devices.models import Collection
from tests.make import make_collection, make_user

RIGHTS = (
    READ_COLLECTION,
    READ_APPLICATION,
    *(
        value
        for name, value in vars(permissions).items()
        if name.startswith(("ADD_", "CHANGE_", "DELETE_")) and value.startswith("applications.")
    ),
)


def author(*collections: Collection) -> Client:
    """Who may write everything, on these collections (or on one of which nothing more is known), and made the
    applications that are there."""
    client = Client()
    user = make_user("author", *RIGHTS, reads=collections or [make_collection()])
    Application.objects.update(created_by=user)
    client.force_login(user)
    return client


def root() -> Client:
    client = Client()
    client.force_login(make_user("root", superuser=True))
    return client


def type_form(*requirements: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The form of a deployment type as a browser sends it; `requirements`: the fields of the rows."""
    sent = {
        "name": "Debian package",
        "priority": "1",
        "platform": "linux",
        "run_as": "system",
        "install_command": "apt-get install -y gimp",
        "uninstall_command": "",
        "repair_command": "",
        "max_run_minutes": "120",
        "return_code_lines": "0 = success\r\n102 = restart",
        "detection_kind": "file",
        "detection_path": "/usr/bin/gimp",
        **fields,
    }
    return {**sent, **rows("requirement", *requirements)}


def rows(prefix: str, *forms: dict[str, Any], before: int = 0) -> dict[str, Any]:
    sent: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(forms), f"{prefix}-INITIAL_FORMS": before}
    for number, form in enumerate(forms):
        sent |= {f"{prefix}-{number}-{name}": value for name, value in form.items()}
    return sent


def errors_of(answer: Any, form: str = "form") -> str:
    """Everything that the form on the page says is wrong."""
    assert answer.status_code == 200, answer.status_code
    found = answer.context[form].errors
    rows = found if isinstance(found, list) else [found]
    said = [str(error) for row in rows for errors in row.values() for error in errors]
    return " ".join(said + [str(error) for error in getattr(answer.context[form], "non_form_errors", list)()])


NO_DEPENDENCIES = {"dependency-TOTAL_FORMS": "0", "dependency-INITIAL_FORMS": "0"}  # of the form of an application


def written(verb: str) -> AuditEntry:
    """The last entry in the audit log of this kind."""
    entry = AuditEntry.objects.filter(verb=verb).first()
    assert entry is not None
    return entry
