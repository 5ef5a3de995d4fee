"""What All devices can be searched and filtered on; every choice is part of the address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from devices.models import Device, Person, SignIn
from devices.models.device import DeviceQuerySet
from devices.presence.contact import Contact, with_contact
from pages.devices.counts import Fleet, failed_reports
from ui.lists.filters import ListFilter

# Menus: the filter's name in the address, and what of the fleet it chooses from.
MENUS = {"online": "contact", "site": "site", "os": "os", "client": "client_version", "join": "join_type"}
MAX_PERSONS = 1000  # a search that fits more persons than this says little; it looks at these


class Menu(django_filters.MultipleChoiceFilter):
    """Several values of a menu, any of which fits; its choices are those of the devices in sight."""

    def __init__(self, field_name: str, label: Any, **more: Any) -> None:
        super().__init__(field_name=field_name, label=label, choices=(), method=more.pop("method", "among"), **more)


class DeviceFilter(ListFilter):
    q = django_filters.CharFilter(method="by_text", max_length=200, label=_("Device or user"))
    online = Menu("contact", _("Online"), method="by_contact")
    site = Menu("site", _("Site"))
    os = Menu("os", _("OS"))
    client = Menu("client_version", _("Client version"))
    join = Menu("join_type", _("Join type"))
    failed = django_filters.BooleanFilter(method="by_failure", label=_("Failed installs"))

    class Meta:
        model = Device
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, fleet: Fleet, now: datetime, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fleet, self.now = fleet, now
        for name, field in MENUS.items():
            self.filters[name].extra["choices"] = [(value, value) for value in fleet.by[field]]

    def by_text(self, devices: DeviceQuerySet, name: str, text: str) -> DeviceQuerySet:
        """Part of the name of the device, or of a person (in sight) who is its primary user or signed in on it.

        The persons are looked up first, so that the database can use the index of each part.
        """
        persons = list(
            Person.objects.visible_to(self.request.user)
            .filter(Q(username__icontains=text) | Q(name__icontains=text))
            .order_by()
            .values_list("pk", flat=True)[:MAX_PERSONS]
        )
        fits = Q(name__icontains=text)
        if persons:
            signed_in = SignIn.objects.filter(person__in=persons).values_list("device", flat=True)
            fits |= Q(primary_user__in=persons) | Q(pk__in=list(signed_in))
        return devices.filter(fits)

    def by_contact(self, devices: DeviceQuerySet, name: str, values: list[str]) -> DeviceQuerySet:
        fits = Q(pk__in=[])
        for value in values:
            fits |= with_contact(value, self.now)
        return devices.filter(fits) if values else devices

    def among(self, devices: DeviceQuerySet, name: str, values: list[str]) -> DeviceQuerySet:
        return devices.filter(**{f"{name}__in": values}) if values else devices

    def by_failure(self, devices: DeviceQuerySet, name: str, value: bool) -> DeviceQuerySet:
        has_failed = Q(pk__in=failed_reports(self.request.user).values("device"))
        return devices.filter(has_failed if value else ~has_failed)

    @property
    def menus(self) -> list[dict[str, Any]]:
        """For `ui/_filter_menu.html`: the values in sight with their numbers, most frequent first; which are chosen."""
        chosen = {name: set(self.data.getlist(name)) if self.data else set() for name in MENUS}
        return [
            {
                "name": name,
                "label": self.filters[name].label,
                "options": [
                    {
                        "value": value,
                        "label": self.label_of(name, value),
                        "checked": str(value) in chosen[name],
                        "count": number,
                    }
                    for value, number in self.fleet.by[field].most_common()
                    if value != ""
                ],
            }
            for name, field in MENUS.items()
        ]

    def label_of(self, name: str, value: Any) -> Any:
        words: dict[str, Any] = {
            "online": lambda: Contact(value).label,
            "site": lambda: self.fleet.sites[value],
            "join": lambda: Device.JoinType(value).label,
        }
        return words[name]() if name in words else value
