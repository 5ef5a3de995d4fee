"""The form of a collection: what it is called, what limits it, and its rules; it works without script.

The query rules are groups of conditions. A group of which all conditions hold makes a member; an empty one is no rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.access.in_sight import collections_for, sees_everybody, widens
from devices.access.permissions import ADD_COLLECTION, CHANGE_COLLECTION
from devices.collections.dependencies import circle, dependents, edges
from devices.collections.membership_query import FIELD, Definition
from devices.collections.queries import parse, tells_of_persons
from devices.models import Collection, CollectionRule, Device, Person
from pages.authoring.unique_names import UniqueNames

MAX_DIRECT = 2000
Kind = CollectionRule.Kind
Query = list[dict[str, Any]]


class CollectionForm(UniqueNames):
    everybody = forms.BooleanField(required=False)
    direct = forms.CharField(
        required=False, strip=False, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
    )
    include: Any = forms.ModelMultipleChoiceField(
        None, label=gettext_lazy("Include the members of"), required=False, widget=forms.CheckboxSelectMultiple
    )
    exclude: Any = forms.ModelMultipleChoiceField(
        None, label=gettext_lazy("Leave out the members of"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Collection
        fields = ("name", "comment", "limiting")

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user
        kind, mine = self.instance.kind, self.instance
        devices = kind == Collection.Kind.DEVICES
        others = Collection.objects.visible_to(user).filter(kind=kind).exclude(pk=mine.pk)
        limiting = collections_for(user, CHANGE_COLLECTION if mine.pk else ADD_COLLECTION, kind).exclude(pk=mine.pk)
        field: Any = self.fields["limiting"]
        field.queryset = Collection.objects.visible_to(user).filter(Q(pk__in=limiting) | Q(pk=mine.limiting_id))
        field.required, everything = True, limiting.filter(built_in=True).first()
        if not mine.limiting_id and everything:
            self.initial["limiting"] = self.initial.get("limiting") or everything.pk
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.fields["everybody"].label = (
            _("Every device of the limiting collection") if devices else _("Every user of the limiting collection")
        )
        self.fields["direct"].label = _("Devices by name") if devices else _("Users by user name")
        self.fields["direct"].help_text = _("One on each line; they are members whatever the other rules say.")
        for name in ("include", "exclude"):
            self.fields[name].queryset = others  # type: ignore[attr-defined]
        self.visible = set(others.values_list("pk", flat=True))
        self.rules = list(mine.rules.select_related("device", "person", "other")) if mine.pk else []
        self.hidden: list[CollectionRule] = []
        self._initial_rules()

    def in_sight(self) -> QuerySet[Any]:
        return Collection.objects.visible_to(self.user)

    def _initial_rules(self) -> None:
        """What the rules say now. Those that name what the user may not see are not shown, and stay as they are."""
        here = self._visible_members({self._member(rule) for rule in self.rules if rule.kind == Kind.DIRECT})
        personal = sees_everybody(self.user)
        for rule in self.rules:
            shown = {
                Kind.DIRECT: self._member(rule) in here,
                Kind.QUERY: personal or not tells_of_persons(rule.query),
            }
            if not shown.get(Kind(rule.kind), rule.other_id in self.visible):
                self.hidden.append(rule)
        known = [rule for rule in self.rules if rule not in self.hidden]
        direct = [str(rule.device or rule.person) for rule in known if rule.kind == Kind.DIRECT]
        if len(direct) > MAX_DIRECT:
            self.fields["direct"].disabled = True
            self.fields["direct"].help_text = _("There are %(number)d; too many to change here.") % {
                "number": len(direct)
            }
        self.initial.setdefault("direct", "\n".join(sorted(direct)))
        self.initial.setdefault("everybody", any(rule.kind == Kind.QUERY and not rule.query for rule in known))
        for name in (Kind.INCLUDE, Kind.EXCLUDE):
            self.initial.setdefault(str(name), [rule.other_id for rule in known if rule.kind == name])

    def clean_direct(self) -> frozenset[int]:
        if self.fields["direct"].disabled:
            return frozenset(self._member(r) for r in self.rules if r.kind == Kind.DIRECT and r not in self.hidden)
        asked = {line.strip() for line in self.cleaned_data["direct"].splitlines() if line.strip()}
        if len(asked) > MAX_DIRECT:
            raise ValidationError(_("At most %(most)d can be named here; use a query.") % {"most": MAX_DIRECT})
        devices = self.instance.kind == Collection.Kind.DEVICES
        key = "name" if devices else "username"
        everybody = (Device if devices else Person).objects.visible_to(self.user)
        found = dict(everybody.filter(**{f"{key}__in": asked}).values_list(key, "pk"))
        missing = sorted(asked - found.keys())
        if missing:
            named = ", ".join(missing[:5]) + ("…" if len(missing) > 5 else "")
            raise ValidationError(
                _("There is no device in sight called %(names)s.") % {"names": named}
                if devices
                else _("There is no user in sight called %(names)s.") % {"names": named}
            )
        return frozenset(found.values())

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        limiting = data.get("limiting")
        if not limiting or "include" not in data or "exclude" not in data:
            return data
        mine = self.instance.pk
        both = set(data["include"]) & set(data["exclude"])
        if both:
            self.add_error("exclude", _("%(name)s is included and left out.") % {"name": next(iter(both))})
            return data
        graph = edges()
        others = {other.pk: other for other in (limiting, *data["include"], *data["exclude"])}
        if mine:
            found = circle(graph, mine, others)
            if found:
                self.add_error(
                    "limiting" if found == limiting.pk else None,
                    _("%(name)s is itself made of this collection: that would be a circle.") % {"name": others[found]},
                )
            if widens(self.user, dependents(graph, [mine]), limiting.pk):
                raise ValidationError(
                    _(
                        "Your rights hold on this collection, or on one that is made of it, and not on %(name)s: "
                        "with other members you would give yourself more than you have."
                    )
                    % {"name": limiting if limiting.pk in self.visible else _("the collection that limits it")}
                )
        return data

    def definition(self, queries: Iterable[Query]) -> Definition:
        """What was filled in, as something that can be counted before it is saved."""
        data, kind = self.cleaned_data, self.instance.kind
        asked = [[], *queries] if data["everybody"] else list(queries)
        asked += [rule.query for rule in self.hidden if rule.kind == Kind.QUERY]
        hidden = {name: [rule for rule in self.hidden if rule.kind == name] for name in Kind}
        limiting = data["limiting"]
        includes = [other.pk for other in data["include"]] + [rule.other_id or 0 for rule in hidden[Kind.INCLUDE]]
        excludes = [other.pk for other in data["exclude"]] + [rule.other_id or 0 for rule in hidden[Kind.EXCLUDE]]
        return Definition(
            kind=kind,
            pk=self.instance.pk or 0,
            limiting=None if limiting.built_in else limiting.pk,
            direct=data["direct"] | {self._member(rule) for rule in hidden[Kind.DIRECT]},
            queries=tuple((number, parse(kind, query)) for number, query in enumerate(asked, 1)),
            includes=tuple((number, other) for number, other in enumerate(includes, 1)),
            excludes=tuple(excludes),
        )

    def save_rules(self, queries: Iterable[Query]) -> None:
        """Make what is missing and delete what is gone; a rule that stays keeps its members."""
        data, mine = self.cleaned_data, self.instance
        asked = [[], *queries] if data["everybody"] else list(queries)
        wanted: list[tuple[str, Any]] = [(Kind.DIRECT, member) for member in sorted(data["direct"])]
        wanted += [(Kind.QUERY, query) for query in asked]
        wanted += [(Kind.INCLUDE, other.pk) for other in data["include"]]
        wanted += [(Kind.EXCLUDE, other.pk) for other in data["exclude"]]
        gone = []
        for rule in self.rules:
            if rule in self.hidden:
                continue
            says = (rule.kind, rule.query if rule.kind == Kind.QUERY else self._member(rule) or rule.other_id)
            if says in wanted:
                wanted.remove(says)
            else:
                gone.append(rule.pk)
        CollectionRule.objects.filter(pk__in=gone).delete()
        member = f"{FIELD[mine.kind]}_id"
        columns = {Kind.DIRECT: member, Kind.QUERY: "query", Kind.INCLUDE: "other_id", Kind.EXCLUDE: "other_id"}
        CollectionRule.objects.bulk_create(
            CollectionRule(collection=mine, kind=kind, **{columns[Kind(kind)]: value}) for kind, value in wanted
        )

    def _member(self, rule: CollectionRule) -> int:
        return rule.device_id or rule.person_id or 0

    def _visible_members(self, members: set[int]) -> set[int]:
        model: Any = Device if self.instance.kind == Collection.Kind.DEVICES else Person
        if not members:
            return set()
        return set(model.objects.visible_to(self.user).filter(pk__in=members).values_list("pk", flat=True))
