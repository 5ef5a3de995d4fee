"""Query rules: which attributes of a device or a person can be asked for, how, and what such a query says in words.

A query is a list of conditions that must all hold, kept as `{"attribute": "os", "operator": "begins", "value":
"Debian"}`. What is unknown (empty) fits no condition but “is not”. Upper and lower case do not differ.
"""

from __future__ import annotations

import operator as python
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.models import Collection, Device
from devices.models.site import VERSION

LONGEST, LARGEST, MAX_VALUES, MAX_CONDITIONS = 200, 10**12, 100, 20
DEVICES, PERSONS = Collection.Kind.DEVICES, Collection.Kind.PERSONS


@dataclass(frozen=True)
class Type:
    """`clean` makes a value of what somebody typed or raises ValidationError; `operators` fit values of this type."""

    clean: Callable[[str, Attribute], str | int]
    operators: tuple[str, ...]


@dataclass(frozen=True)
class Attribute:
    """`path` is the field, from a device or a person on; `choices` (code → label) when only those values exist."""

    label: str | Promise
    path: str
    type: Type
    choices: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Operator:
    """`sentence` has %(attribute)s and %(value)s; `fits` makes the condition for a path and a value."""

    label: str | Promise
    sentence: str | Promise
    fits: Callable[[str, Any], Q]
    many: bool = False  # its value is a list


@dataclass(frozen=True)
class Condition:
    attribute: Attribute
    operator: Operator
    value: Any

    def q(self, prefix: str = "") -> Q:
        return self.operator.fits(prefix + self.attribute.path, self.value)

    def __str__(self) -> str:
        return str(self.operator.sentence) % {"attribute": self.attribute.label, "value": self.value_in_words}

    @property
    def value_in_words(self) -> str:
        values = self.value if self.operator.many else [self.value]
        return ", ".join(value_in_words(self.attribute, value) for value in values)


def clean_text(text: str, attribute: Attribute) -> str:
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise ValidationError(gettext("A value cannot contain control characters."))
    if len(text) > LONGEST:
        raise ValidationError(gettext("A value has at most %(most)d characters.") % {"most": LONGEST})
    return text


def clean_number(text: str, attribute: Attribute) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 13 or int(text) > LARGEST:
        raise ValidationError(
            gettext("%(attribute)s is compared with a whole number, for example 4096.") % {"attribute": attribute.label}
        )
    return int(text)


def clean_version(text: str, attribute: Attribute) -> str:
    VERSION(text)
    return text


def clean_choice(text: str, attribute: Attribute) -> str:
    choices = attribute.choices or {}
    for code, label in choices.items():
        if text.casefold() in (code.casefold(), str(label).casefold()):
            return code
    raise ValidationError(
        gettext("%(attribute)s is one of: %(choices)s.")
        % {"attribute": attribute.label, "choices": ", ".join(str(label) for label in choices.values())}
    )


def known(path: str) -> Q:
    """For texts, where nothing is known as an empty one."""
    return Q(**{f"{path}__gt": ""})


def equal(path: str, value: Any) -> Q:
    return Q(**{f"{path}__iexact" if isinstance(value, str) else path: value})


def at_most(path: str, value: Any) -> Q:
    most = Q(**{f"{path}__lte": value})
    return most & known(path) if isinstance(value, str) else most


TEXT = Type(clean_text, ("is", "is_not", "begins", "contains", "one_of"))
NUMBER = Type(clean_number, ("is", "is_not", "at_least", "at_most", "one_of"))
AS_VERSION = Type(clean_version, ("is", "is_not", "at_least", "at_most", "one_of"))
CHOICE = Type(clean_choice, ("is", "is_not", "one_of"))

OPERATORS = {
    "is": Operator(_("is"), _("%(attribute)s is %(value)s"), equal),
    "is_not": Operator(_("is not"), _("%(attribute)s is not %(value)s"), lambda path, value: ~equal(path, value)),
    "begins": Operator(
        _("begins with"),
        _("%(attribute)s begins with %(value)s"),
        lambda path, value: Q(**{f"{path}__istartswith": value}),
    ),
    "contains": Operator(
        _("contains"), _("%(attribute)s contains %(value)s"), lambda path, value: Q(**{f"{path}__icontains": value})
    ),
    "at_least": Operator(
        _("is at least"), _("%(attribute)s is at least %(value)s"), lambda path, value: Q(**{f"{path}__gte": value})
    ),
    "at_most": Operator(_("is at most"), _("%(attribute)s is at most %(value)s"), at_most),
    "one_of": Operator(
        _("is one of"),
        _("%(attribute)s is one of %(value)s"),
        lambda path, values: reduce(python.or_, (equal(path, value) for value in values)),
        many=True,
    ),
}

ATTRIBUTES: dict[str, dict[str, Attribute]] = {
    DEVICES: {
        "name": Attribute(_("Device name"), "name", TEXT),
        "os": Attribute(_("OS"), "os", TEXT),
        "platform": Attribute(_("Platform"), "platform", CHOICE, dict(Device.Platform.choices)),
        "client_version": Attribute(_("Client version"), "client_version", AS_VERSION),
        "join_type": Attribute(_("Join type"), "join_type", CHOICE, dict(Device.JoinType.choices)),
        "site": Attribute(_("Site"), "site__name", TEXT),
        "site_version": Attribute(_("Site version"), "site__version", AS_VERSION),
        "architecture": Attribute(_("Architecture"), "architecture", TEXT),
        "memory_mb": Attribute(_("Memory in MB"), "memory_mb", NUMBER),
        "disk_mb": Attribute(_("Disk in MB"), "disk_mb", NUMBER),
        "time_zone": Attribute(_("Time zone"), "time_zone", TEXT),
        "primary_user": Attribute(_("Primary user"), "primary_user__username", TEXT),
        "primary_department": Attribute(_("Department of the primary user"), "primary_user__department", TEXT),
    },
    PERSONS: {
        "username": Attribute(_("User name"), "username", TEXT),
        "name": Attribute(_("Name"), "name", TEXT),
        "department": Attribute(_("Department"), "department", TEXT),
        "email": Attribute(_("Email"), "email", TEXT),
    },
}
PERSONAL = {name for name, attribute in ATTRIBUTES[DEVICES].items() if attribute.path.startswith("primary_user__")}


def clean(kind: str, attribute: str, operator: str, text: str) -> dict[str, Any]:
    """One condition as it is kept, from what somebody typed; raises ValidationError with a sentence."""
    about = ATTRIBUTES[kind].get(attribute)
    how = OPERATORS.get(operator)
    if about is None:
        raise ValidationError(gettext("Choose an attribute."))
    if how is None or operator not in about.type.operators:
        fitting = ", ".join(str(OPERATORS[name].label) for name in about.type.operators)
        raise ValidationError(
            gettext("%(attribute)s can be compared with: %(operators)s.")
            % {"attribute": about.label, "operators": fitting}
        )
    texts = [part.strip() for part in (text.split(";" if ";" in text else ",") if how.many else [text])]
    texts = [part for part in texts if part]
    if not texts:
        raise ValidationError(gettext("Say with what to compare %(attribute)s.") % {"attribute": about.label})
    if len(texts) > MAX_VALUES:
        raise ValidationError(gettext("A condition has at most %(most)d values.") % {"most": MAX_VALUES})
    values = [about.type.clean(part, about) for part in texts]
    return {"attribute": attribute, "operator": operator, "value": values if how.many else values[0]}


def parse(kind: str, query: Iterable[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """The conditions of a kept query; raises ValidationError where it does not fit the table (any more)."""
    conditions = []
    for kept in query:
        value = kept.get("value", "")
        text = "; ".join(str(part) for part in value) + ";" if isinstance(value, list) else str(value)
        cleaned = clean(kind, str(kept.get("attribute", "")), str(kept.get("operator", "")), text)
        about, how = ATTRIBUTES[kind][cleaned["attribute"]], OPERATORS[cleaned["operator"]]
        conditions.append(Condition(about, how, cleaned["value"]))
    return tuple(conditions)


def all_hold(conditions: Iterable[Condition], prefix: str = "") -> Q:
    """For a query on devices or persons; with `prefix` on something that has one. Without conditions: everybody."""
    return reduce(python.and_, (condition.q(prefix) for condition in conditions), ~Q(pk__in=[]))


def sentence(kind: str, query: Iterable[Mapping[str, Any]]) -> str:
    """“OS begins with Debian and Memory in MB is at least 4096”."""
    try:
        said = [str(condition) for condition in parse(kind, query)]
    except ValidationError as error:
        return gettext("A query that is not understood: %(reason)s") % {"reason": " ".join(error.messages)}
    if not said:
        return gettext("Every device") if kind == DEVICES else gettext("Every user")
    return gettext(" and ").join(said)


def tells_of_persons(query: Iterable[Mapping[str, Any]]) -> bool:
    """Whether it asks a device for its primary user, whom who may see the device need not see."""
    return any(str(condition.get("attribute", "")) in PERSONAL for condition in query)


def value_in_words(attribute: Attribute, value: Any) -> str:
    return str((attribute.choices or {}).get(value, value))


def because(kind: str, query: Iterable[Mapping[str, Any]], row: Device | Any) -> str:
    """Why this device or person fits the query, with its own values: “OS is Debian 12”. Who reads it may not see every
    primary user: a device comes with the one in sight (`Person.objects.visible_to`), if any."""
    try:
        attributes = dict.fromkeys(condition.attribute for condition in parse(kind, query))
    except ValidationError:
        return ""
    said = []
    for attribute in attributes:
        value = reduce(lambda thing, name: getattr(thing, name, None), attribute.path.split("__"), row)
        hidden = attribute.path.startswith("primary_user__") and row.primary_user_id and not row.primary_user
        nothing = gettext("not in your sight") if hidden else gettext("unknown")
        shown = value_in_words(attribute, value) if value not in (None, "") else nothing
        said.append(gettext("%(attribute)s is %(value)s") % {"attribute": attribute.label, "value": shown})
    return gettext(" and ").join(said)
