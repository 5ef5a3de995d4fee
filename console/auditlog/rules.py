"""The rules of a collection, which the log keeps in English, in the reader's language."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from console.phrases import Phrases
from devices.collections.queries import ATTRIBUTES

RULES = Phrases(
    _("Direct member: %(name)s"),
    _("Members of %(collection)s"),
    _("Not members of %(collection)s"),
    _("Every device"),
    _("Every person"),
)
CONDITIONS = Phrases(
    _("%(attribute)s is not %(value)s"),
    _("%(attribute)s is at least %(value)s"),
    _("%(attribute)s is at most %(value)s"),
    _("%(attribute)s is one of %(value)s"),
    _("%(attribute)s begins with %(value)s"),
    _("%(attribute)s contains %(value)s"),
    _("%(attribute)s is %(value)s"),
)
AND = _(" and ")


def rule_in_words(text: str) -> str:
    """The rule as `devices.collections.wording` says it; what is not understood stays as it was written down."""
    return RULES.said(text) or _query(text) or text


def _query(text: str) -> str:
    """Empty unless each of the conditions is understood."""
    conditions = text.split(AND)
    if not all(condition.startswith(tuple(_attributes())) for condition in conditions):
        return ""
    said = [CONDITIONS.said(condition, _word) for condition in conditions]
    return gettext(AND).join(said) if all(said) else ""


def _word(field: str, value: str) -> str:
    return str(_attributes().get(value, value)) if field == "attribute" else value


@cache
def _attributes() -> dict[str, Any]:
    """English name → label."""
    with override("en"):
        return {str(each.label): each.label for attributes in ATTRIBUTES.values() for each in attributes.values()}
