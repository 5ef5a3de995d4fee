"""{% load sites %}: what a site of a version lists and allows, in words, from the matrix of R12."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from applications.rules import versions
from applications.rules.words import Action
from applications.wording.actions import ACTION_LABELS

register = template.Library()


@register.inclusion_tag("sites/_version_actions.html")
def what_a_site_lists(version: str) -> dict[str, Any]:
    """`{% what_a_site_lists site.version %}`"""
    listed = versions.listed_ways(version)
    return {
        "listed": listing(listed),
        "groups": groups(version) if listed else "",
        "rows": rows(version) if listed else (),
    }


def listing(listed: frozenset[versions.Reached]) -> str:
    if not listed:
        return _("Nothing: sites older than %(version)s list no applications.") % {"version": versions.FIRST_SITE}
    if listed == versions.EVERY_WAY:
        return _("Everything that reaches a device or its users.")
    return _(
        "What is available to users, with approval or without, and what is available to devices with approval; "
        "everything else from version %(version)s on."
    ) % {"version": versions.EVERYTHING_LISTED}


def groups(version: str) -> str:
    if versions.lists_groups(version):
        return _("Application groups act like applications.")
    return _("Application groups are listed from version %(version)s on.") % {"version": versions.GROUPS_FROM}


def rows(version: str) -> list[dict[str, str]]:
    """Per kind of client what can be asked for."""
    recent, older = versions.RECENT_CLIENT, _("older than %(version)s") % {"version": versions.RECENT_CLIENT}
    found = []
    for label, client in ((_("%(version)s or newer") % {"version": recent}, recent), (older, "")):
        row = versions.row_for(version, client)
        everything = row.listed == versions.EVERY_WAY
        found.append(
            {
                "client": label,
                "on_request": spoken(row.on_request),
                "otherwise": spoken(row.otherwise) if everything else _("not listed"),
            }
        )
    return found


def spoken(actions: frozenset[Action]) -> str:
    if not actions:
        return _("status only, no action")
    return ", ".join(str(ACTION_LABELS[action]) for action in Action if action in actions)
