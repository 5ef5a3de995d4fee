"""The query rules in the form of a collection: groups of conditions, each an attribute, an operator and a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.access.in_sight import sites_in_sight
from devices.collections.queries import (
    ATTRIBUTES,
    MAX_CONDITIONS,
    OPERATORS,
    PERSONAL,
    clean,
    tells_of_persons,
    value_in_words,
)
from devices.models import Collection, Device, Person

MAX_QUERIES = 20
SUGGESTED = 40  # values of one attribute
LOOKED_AT = 1000  # devices or persons
Row = Mapping[str, Any]


class ConditionForm(forms.Form):
    attribute = forms.ChoiceField(label=gettext_lazy("Attribute"), required=False)
    operator = forms.ChoiceField(label=gettext_lazy("Comparison"), required=False)
    value = forms.CharField(label=gettext_lazy("Value"), required=False, max_length=2000)

    def __init__(self, *args: Any, kind: str, personal: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind = kind
        self.condition: dict[str, Any] | None = None
        asked = [(name, attribute) for name, attribute in ATTRIBUTES[kind].items() if personal or name not in PERSONAL]
        named = [(name, attribute.label) for name, attribute in asked]
        self.fields["attribute"].choices = [("", _("(no condition)")), *named]  # type: ignore[attr-defined]
        self.fields["operator"].choices = [  # type: ignore[attr-defined]
            (name, operator.label)
            for name, operator in OPERATORS.items()
            if any(name in attribute.type.operators for attribute in ATTRIBUTES[kind].values())
        ]
        self.fields["value"].widget.attrs |= {"list": "values", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        asked = [given.get(name, "") for name in ("attribute", "operator", "value")]
        if not self.errors and (asked[0] or asked[2]):
            try:
                self.condition = clean(self.kind, *asked)
            except ValidationError as error:
                self.add_error("value" if asked[0] else "attribute", error)
        return given


class Queries:
    """All query rules of one form. `rows`: what each says now, as texts; `data`: what came back; `personal`: whether
    they may ask for primary users."""

    def __init__(
        self,
        kind: str,
        rows: Iterable[Iterable[Row]] = (),
        data: QueryDict | None = None,
        spare: int | None = None,
        *,
        personal: bool,
    ) -> None:
        self.kind, self.data, self.personal = kind, data, personal
        known = [list(query) for query in rows]
        number = self._number() if data is not None else max(len(known), 1)
        self.formsets = []
        for index in range(number):
            made = forms.formset_factory(
                ConditionForm, extra=3 if index == spare else 1, max_num=MAX_CONDITIONS, absolute_max=MAX_CONDITIONS
            )
            initial = known[index] if index < len(known) else None
            prefix = f"query-{index}"
            self.formsets.append(
                made(data, initial=initial, prefix=prefix, form_kwargs={"kind": kind, "personal": personal})
            )

    @classmethod
    def of(cls, kind: str, queries: Iterable[list[dict[str, Any]]], *, personal: bool) -> Queries:
        """With what kept queries say, but for those that may not be seen."""
        seen = [query for query in queries if personal or not tells_of_persons(query)]
        return cls(kind, [[as_text(kind, condition) for condition in query] for query in seen], personal=personal)

    def more(self, what: str) -> Queries:
        """The same with empty rows added, nothing checked; `what` is the number of a query, or else a new one comes."""
        raw = [list(self._raw(index)) for index in range(len(self.formsets))]
        if what.isdigit() and int(what) < len(raw):
            return Queries(self.kind, raw, spare=int(what), personal=self.personal)
        rows = [*raw, []] if len(raw) < MAX_QUERIES else raw
        return Queries(self.kind, rows, spare=len(raw), personal=self.personal)

    def is_valid(self) -> bool:
        return [formset.is_valid() for formset in self.formsets].count(False) == 0  # each shows what is wrong

    @property
    def queries(self) -> list[list[dict[str, Any]]]:
        """What was filled in, as it is kept; queries without conditions are left out."""
        asked = [[form.condition for form in formset if form.condition] for formset in self.formsets]
        return [query for query in asked if query]

    @property
    def full(self) -> bool:
        return len(self.formsets) >= MAX_QUERIES

    def _number(self) -> int:
        given = self.data.get("queries", "") if self.data else ""
        return min(int(given), MAX_QUERIES) if given.isascii() and given.isdigit() and len(given) < 4 else 0

    def _raw(self, index: int) -> Iterable[dict[str, str]]:
        data = self.data or QueryDict()
        for number in range(MAX_CONDITIONS):
            row = {
                name: str(data.get(f"query-{index}-{number}-{name}", "")) for name in ("attribute", "operator", "value")
            }
            if row["attribute"] or row["value"]:
                yield row


def as_text(kind: str, condition: Row) -> dict[str, str]:
    """A kept condition as somebody would type it."""
    attribute = ATTRIBUTES[kind].get(condition.get("attribute", ""))
    value = condition.get("value", "")
    values = value if isinstance(value, list) else [value]
    said = [value_in_words(attribute, each) if attribute else str(each) for each in values]
    joined = ("; " if any("," in each for each in said) else ", ").join(said)
    return {"attribute": condition.get("attribute", ""), "operator": condition.get("operator", ""), "value": joined}


def suggestions(user: Any, kind: str) -> list[str]:
    """Values to choose from while typing, as far as the user may see them."""
    found: list[str] = []
    for attribute in ATTRIBUTES[kind].values():
        found += [str(label) for label in (attribute.choices or {}).values()]
    if kind == Collection.Kind.DEVICES:
        found += sites_in_sight(user).order_by("name").values_list("name", flat=True)[:SUGGESTED]
        found += _newest(Device.objects.visible_to(user), "os", "client_version")
    else:
        found += _newest(Person.objects.visible_to(user), "department")
    return list(dict.fromkeys(found))


def _newest(rows: Any, *fields: str) -> list[str]:
    """The values of the newest rows: looking through all would be felt."""
    newest = list(rows.order_by("-pk").values_list(*fields)[:LOOKED_AT])
    return [value for column in zip(*newest, strict=True) for value in sorted({*column} - {""})[:SUGGESTED]]
