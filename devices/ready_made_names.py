"""Names of ready-made roles and built-in collections: kept in English, shown in the reader's language.

A role or collection to which an administrator gave another name is shown by that name.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

READER, APPROVER, SITE_ADMINISTRATOR = "Reader", "Approver", "Site administrator"
ALL_DEVICES, ALL_PEOPLE = "All devices", "All people"

# name as it is kept → as it is shown
ROLES = {READER: _("Reader"), APPROVER: _("Approver"), SITE_ADMINISTRATOR: _("Site administrator")}
COLLECTIONS = {ALL_DEVICES: _("All devices"), ALL_PEOPLE: _("All users")}


def role_name(name: str) -> str:
    """“Lezer” for “Reader” where the reader's language is Dutch."""
    return gettext(ROLES[name]) if name in ROLES else name


def collection_name(name: str) -> str:
    """“Alle apparaten” for “All devices” where the reader's language is Dutch."""
    return gettext(COLLECTIONS[name]) if name in COLLECTIONS else name


def roles_shown_as(text: str) -> list[str]:
    """The ready-made roles whose name, as it is shown, has this text in it: for a search."""
    return _shown_as(text, ROLES)


def collections_shown_as(text: str) -> list[str]:
    """The built-in collections whose name, as it is shown, has this text in it: for a search."""
    return _shown_as(text, COLLECTIONS)


def _shown_as(text: str, names: Mapping[str, str]) -> list[str]:
    sought = text.strip().casefold()
    return [name for name, shown in names.items() if sought in gettext(shown).casefold()]
