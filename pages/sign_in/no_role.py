"""The page for who is signed in without a role: what is in order, which right is missing, who can give it (R19)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from devices.access.permissions import CHANGE_GROUP, READ_COLLECTION
from devices.models import CollectionRight
from devices.ready_made_names import role_name

MAX_GIVERS = 5  # names are shown; more would not help


def no_role_page(request: HttpRequest) -> HttpResponse:
    """403, with what to do about it; a poll makes its page load anew, and that shows it."""
    context = {"checks": checks(request.user), "givers": givers()}
    response = render(request, "sign_in/no_role.html", context, status=403)
    if getattr(request, "htmx", None):
        response.headers["HX-Refresh"] = "true"
    return response


def checks(user: Any) -> list[dict[str, str]]:
    """The three things that make a role, and which of them this user has."""
    roles = Group.objects.filter(having("permissions", READ_COLLECTION), user=user).order_by("name")
    names = ", ".join(map(role_name, roles.values_list("name", flat=True)))
    reads = CollectionRight.objects.filter(group__in=roles).exists()
    ready_made = _("Reader (read), Approver (read and approve) or Site administrator")
    collections = _("Which devices and users you may see")
    return [
        good(_("Account"), _("%(account)s is active.") % {"account": user.get_username()}),
        good(_("Role"), names) if names else missing(_("Role"), ready_made),
        good(_("Right to read a collection"), collections)
        if reads
        else missing(_("Right to read a collection"), collections)
        if names
        else line("mute", "dash", _("Right to read a collection"), _("comes with the role"), collections),
    ]


def good(title: str, text: str) -> dict[str, str]:
    return line("ok", "ok", title, _("in order"), text)


def missing(title: str, text: str) -> dict[str, str]:
    return line("bad", "bad", title, _("missing"), text)


def line(tone: str, icon: str, title: str, end: str, text: str) -> dict[str, str]:
    return {"tone": tone, "icon": icon, "title": title, "end": end, "text": text}


def givers() -> list[dict[str, str]]:
    """Active users who can give a role, superusers first."""
    may = Q(is_superuser=True) | having("groups__permissions", CHANGE_GROUP) | having("user_permissions", CHANGE_GROUP)
    users = get_user_model().objects.filter(may, is_active=True).distinct().order_by("-is_superuser", "username")
    return [{"name": user.get_full_name() or user.get_username(), "email": user.email} for user in users[:MAX_GIVERS]]


def having(relation: str, permission: str) -> Q:
    """That one of the permissions of the relation is `app.codename`."""
    app, codename = permission.split(".")
    return Q(**{f"{relation}__codename": codename, f"{relation}__content_type__app_label": app})
