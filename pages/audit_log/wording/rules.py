"""The membership rules of a collection, which the log keeps as facts, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from devices.collections.queries import sentence
from devices.models import CollectionRule
from devices.ready_made_names import collection_name

Kind = CollectionRule.Kind


def rule_in_words(rule: Mapping[str, Any]) -> str:
    """`rule` as `pages.collections.edit.written` makes it; what is none is said as it is."""
    kind = rule.get("kind")
    if kind == Kind.QUERY:
        return sentence(rule["of"], rule["query"])
    if kind == Kind.DIRECT:
        return _("Direct member: %(name)s") % {"name": rule["member"]}
    if kind == Kind.INCLUDE:
        return _("Members of %(collection)s") % {"collection": collection_name(rule["collection"])}
    if kind == Kind.EXCLUDE:
        return _("Not members of %(collection)s") % {"collection": collection_name(rule["collection"])}
    return str(rule)
