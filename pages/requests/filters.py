"""What the Requests page can be searched and filtered on; every choice is part of the address."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import django_filters
from django.core.cache import cache
from django.db.models import Count as CountRows
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models import Application, Request
from applications.models.request import RequestQuerySet
from applications.rules.lifecycle import OPEN, State
from applications.rules.words import Action
from applications.wording.actions import ACTION_LABELS
from applications.wording.sentences import STATE_LABELS
from devices.access.permissions import READ_APPLICATION, READ_COLLECTION
from devices.models import Device, Person
from devices.models.collection import scope
from ui.lists.counting import Count, count, total
from ui.lists.filters import ListFilter

KEPT_SECONDS = 15
OPEN_ONES = "open"  # stands for the four states in which a request is open
MAX_NAMES = 1000  # looked up before the requests; when more names fit, so many requests do that any way is quick


class RequestFilter(ListFilter):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=_("Application, device or user"))
    state = django_filters.ChoiceFilter(
        method="by_state",
        label=_("State"),
        choices=[(OPEN_ONES, _("Open")), *((state.value, STATE_LABELS[state]) for state in State)],
    )
    action = django_filters.MultipleChoiceFilter(
        label=_("Action"), choices=[(action.value, ACTION_LABELS[action]) for action in Action]
    )
    mine = django_filters.BooleanFilter(method="by_requester", label=_("Asked by me"))

    class Meta:
        model = Request
        fields: tuple[str, ...] = ()

    def by_text(self, requests: RequestQuerySet, name: str, text: str) -> RequestQuerySet:
        """Part of the name of the application, the device, or the person in sight; looked up first, so that the
        database can use the index of each."""
        user = self.request.user
        fits = Q(pk__in=[])
        for rows, fields, columns in (
            (Application.objects.visible_to(user), ("name", "version"), ("application", "target")),
            (Device.objects.visible_to(user), ("name",), ("device",)),
            (Person.objects.visible_to(user), ("username", "name"), ("person",)),
        ):
            holding = Q()
            for field in fields:
                holding |= Q(**{f"{field}__icontains": text})
            ids = list(rows.filter(holding).order_by().values_list("pk", flat=True)[: MAX_NAMES + 1])
            for column in columns:
                if len(ids) > MAX_NAMES:
                    fits |= Q(**{f"{column}__in": rows.filter(holding).order_by().values("pk")})
                elif ids:
                    fits |= Q(**{f"{column}__in": ids})
        return requests.filter(fits)

    def by_state(self, requests: RequestQuerySet, name: str, value: str) -> RequestQuerySet:
        return requests.open() if value == OPEN_ONES else requests.filter(state=value)

    def by_requester(self, requests: RequestQuerySet, name: str, value: bool) -> RequestQuerySet:
        user = self.request.user
        return requests.filter(requested_by=user) if value else requests.exclude(requested_by=user)

    def counts(self) -> dict[str, Count]:
        """How many there are in each state, in all (“”) and open, whatever state is chosen. When there are many, these
        numbers may be a few seconds old."""
        values = self.form.cleaned_data if self.is_valid() else {}
        chosen = {name: value for name, value in values.items() if name != "state"}
        user = self.request.user
        about = f"{user.pk} {scope(user, READ_COLLECTION, READ_APPLICATION)} {sorted(chosen.items())}"
        key = f"requests:{sha256(about.encode()).hexdigest()}"
        kept: dict[str, Count] | None = cache.get(key)
        if kept:
            return kept
        fits = self.queryset.all()
        for name, value in chosen.items():
            fits = self.filters[name].filter(fits, value)
        everything = count(fits)
        if everything.more:
            by = {state: count(fits.filter(state=state)) for state in State}
        else:
            rows = dict(fits.order_by().values_list("state").annotate(number=CountRows("pk")))
            by = {state: Count(rows.get(state, 0)) for state in State}
        found = {"": total(by.values()), OPEN_ONES: total(by[s] for s in OPEN)} | {str(s): by[s] for s in State}
        if everything.more:
            cache.set(key, found, KEPT_SECONDS)
        return found

    @property
    def actions(self) -> list[dict[str, Any]]:
        """For `ui/_filter_menu.html`."""
        chosen = set(self.data.getlist("action")) if self.data else set()
        return [
            {"value": action.value, "label": ACTION_LABELS[action], "checked": action.value in chosen}
            for action in Action
        ]
