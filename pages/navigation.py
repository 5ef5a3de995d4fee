"""The navigation as a table. An entry that does not exist yet, or that the user may not open, is left out."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from devices.access.permissions import READ_APPLICATION, READ_COLLECTION, VIEW_AUDIT, VIEW_ROLE, VIEW_USER
from pages.sign_in.middleware import must_come_first

# (title of the group, ((icon, label, url name, permission), …)); no permission: everybody with a role
NAVIGATION: tuple[tuple[Promise | None, tuple[tuple[str, Promise, str, str], ...]], ...] = (
    (None, (("home", _("Home"), "home", ""),)),
    (
        _("Devices"),
        (
            ("laptop", _("All devices"), "devices:list", READ_COLLECTION),
            ("layers", _("Collections"), "devices:collections", READ_COLLECTION),
            ("users", _("Users"), "devices:people", READ_COLLECTION),
            ("pin", _("Sites"), "devices:sites", READ_COLLECTION),
        ),
    ),
    (
        _("Applications"),
        (
            ("box", _("All applications"), "applications:list", READ_APPLICATION),
            ("stack", _("Application groups"), "applications:groups", READ_APPLICATION),
            ("target", _("Deployments"), "applications:deployments", READ_APPLICATION),
        ),
    ),
    (
        _("Monitor"),
        (
            ("inbox", _("Requests"), "applications:requests", READ_APPLICATION),
            ("history", _("Audit log"), "console:audit", VIEW_AUDIT),
        ),
    ),
    (
        _("Access"),
        (
            ("shield", _("Roles"), "devices:roles", VIEW_ROLE),
            ("key", _("Accounts"), "devices:users", VIEW_USER),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    icon: str
    label: Promise
    url: str
    current: str  # value of aria-current: page, true (a page below it) or empty


@dataclass(frozen=True)
class Group:
    title: Promise | None
    links: tuple[Link, ...]


def permitted(user: Any, permission: str) -> bool:
    return not permission or user.has_perm(permission)


def address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def navigation(request: HttpRequest) -> list[Group]:
    """What this user can open, with the entry of the present page marked; nothing while something must come first."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or must_come_first(request):
        return []
    addresses = {name: address(name) for _title, entries in NAVIGATION for _icon, _label, name, _perm in entries}
    here = request.path
    # the longest address that the present one begins with; Home is the beginning of all and only itself
    above = [url for name, url in addresses.items() if url and name != "home" and here.startswith(url)]
    nearest = max(above, key=len, default=addresses["home"] if here == addresses["home"] else "")
    groups = []
    for title, entries in NAVIGATION:
        links = tuple(
            Link(icon, label, url, "" if url != nearest else "page" if url == here else "true")
            for icon, label, name, permission in entries
            if (url := addresses[name]) and permitted(user, permission)
        )
        if links:
            groups.append(Group(title, links))
    return groups
