"""The columns of the list of persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.models import Device, Person
from ui.lists.columns import column, dash, first_names, named


class PersonTable(tables.Table):
    username = named(_("User name"), "username", linkify=lambda record: reverse("devices:person", args=[record.pk]))
    name = column(_("Name"), "name", "username")
    department = column(_("Department"), "department", "username", th="p1")
    email = column(_("Email"), "email", "username", th="p2")
    devices = column(_("Primary user of"), orderable=False, td="wrap")
    signed_in = column(_("Signed in on"), orderable=False, td="wrap", th="p1")

    class Meta:
        order_by = ("username",)

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user
        self.names: dict[str, dict[int, list[str]]] = {}

    @property
    def caption(self) -> str:
        return gettext("Users")

    def prepare(self, persons: Sequence[Person]) -> None:
        """Learn, in one query each, the devices in sight of the rows that are shown."""
        ids = [person.pk for person in persons]
        for column_name, path in (("devices", "primary_user"), ("signed_in", "sign_ins__person")):
            self.names[column_name] = {}
            devices = Device.objects.visible_to(self.user).filter(**{f"{path}__in": ids}).order_by("name")
            for person, name in devices.values_list(path, "name"):
                self.names[column_name].setdefault(person, []).append(name)

    def render_name(self, record: Person) -> SafeString | str:
        return record.name or dash()

    def render_department(self, record: Person) -> SafeString | str:
        return record.department or dash()

    def render_email(self, record: Person) -> SafeString | str:
        return record.email or dash()

    def render_devices(self, record: Person) -> SafeString | str:
        return first_names(self.names["devices"].get(record.pk, []))

    def render_signed_in(self, record: Person) -> SafeString | str:
        return first_names(self.names["signed_in"].get(record.pk, []))
