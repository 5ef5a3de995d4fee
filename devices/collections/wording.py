"""Rules of a collection in words, and why somebody is a member: “OS is Debian 12”."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from devices.collections.queries import because, sentence, tells_of_persons
from devices.models import Collection, CollectionRule

Kind = CollectionRule.Kind


def rule_in_words(rule: CollectionRule, kind: str, readable: set[int] | None, personal: bool = True) -> str:
    """`readable`: the collections (ids) that may be named, None: all; `personal`: primary users may be named."""
    if rule.kind == Kind.QUERY:
        if not personal and kind == Collection.Kind.DEVICES and tells_of_persons(rule.query):
            return _("A query about primary users, who are not all in your sight")
        return sentence(kind, rule.query)
    if rule.kind == Kind.DIRECT:
        return _("Direct member: %(name)s") % {"name": rule.device or rule.person}
    named = {"collection": name_of(rule.other, readable)}
    if rule.kind == Kind.INCLUDE:
        return _("Members of %(collection)s") % named
    return _("Not members of %(collection)s") % named


def name_of(collection: Collection | None, readable: set[int] | None) -> str:
    if collection and (readable is None or collection.pk in readable):
        return str(collection)
    return _("a collection outside of what you may read")


def reason(rule: CollectionRule | None, kind: str, member: Any, readable: set[int] | None) -> str:
    """Why this device or person is a member, by the rule that made it one."""
    if rule is None:
        return _("a rule that is gone; the next refresh will tell")
    if rule.kind == Kind.QUERY:
        return because(kind, rule.query, member) or sentence(kind, rule.query)
    if rule.kind == Kind.DIRECT:
        return _("added directly")
    return _("member of %(collection)s") % {"collection": name_of(rule.other, readable)}
