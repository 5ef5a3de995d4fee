"""The columns of the list of users."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.ready_made_names import role_name
from ui.lists.columns import column, dash, first_names, named
from ui.templatetags.koppel import when


class UserTable(tables.Table):
    username = named(_("User name"), "username")
    name = column(_("Name"), "last_name", "first_name", "username")
    roles = column(_("Roles"), orderable=False, td="wrap")
    account = column(_("Account"), "is_active", "username", th="p1")
    second_factor = column(_("Second factor"), orderable=False, accessor="pk", th="p2")
    last_login = column(_("Last sign-in"), "last_login", "username", th="p1", td="num")

    class Meta:
        order_by = ("username",)

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user

    @property
    def caption(self) -> str:
        return gettext("Accounts")

    def render_username(self, record: User) -> SafeString | str:
        if not self.user.is_superuser:
            return record.username
        return format_html('<a href="{}">{}</a>', reverse("devices:user", args=[record.pk]), record.username)

    def render_name(self, record: User) -> SafeString | str:
        return record.get_full_name() or dash()

    def render_roles(self, record: User) -> str:
        if record.is_superuser:
            return gettext("All rights")
        return (
            first_names([role_name(group.name) for group in record.groups.all()])
            if record.groups.all()
            else gettext("No role")
        )

    def render_account(self, record: User) -> str:
        return gettext("open") if record.is_active else gettext("closed")

    def render_second_factor(self, record: User) -> SafeString | str:
        return gettext("yes") if record.has_second_factor else dash()  # type: ignore[attr-defined]

    def render_last_login(self, record: User) -> SafeString | str:
        return when(record.last_login, gettext("never"))
