"""The columns of the lists of collections, members, persons, users and sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.contrib.auth.models import User
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.columns import column
from console.templatetags.koppel import when
from devices.definition import FIELD, MEMBER
from devices.fleet import LARGE, fleet
from devices.models import Collection, Device, Person, Site
from devices.pages.words import name_of, reason
from devices.rights import READ_APPLICATION, READ_COLLECTION, collections_of

NUMBER = "num r"


def named(label: Any, *order: str, **more: Any) -> tables.Column:
    """The column that names the row and leads to its page."""
    return tables.Column(
        verbose_name=label, order_by=(*order, "pk"), attrs={"td": {"scope": "row", "class": "g-name"}}, **more
    )


def dash() -> SafeString:
    return mark_safe('<span class="sub">–</span>')


class CollectionTable(tables.Table):
    name = named(_("Name"), "name", linkify=lambda record: reverse("devices:collection", args=[record.pk]))
    kind = column(_("Of"), "kind", "name")
    members = column(_("Members"), td=NUMBER, th="r", orderable=False)
    limiting = column(_("Limited to"), "limiting__name", "name", th="p1")
    rules = column(_("Rules"), td=NUMBER, th="p2 r", orderable=False)
    deployments = column(_("Deployments"), td=NUMBER, th="r", orderable=False)
    comment = column(_("Comment"), "comment", "name", th="p3", td="wrap")

    class Meta:
        order_by = ("name",)

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.readable = collections_of(user, READ_COLLECTION)
        self.counts: dict[str, Counter[int]] = {}
        if not user.has_perm(READ_APPLICATION):
            self.columns.hide("deployments")

    @property
    def caption(self) -> str:
        return gettext("Collections")

    def prepare(self, collections: Sequence[Collection]) -> None:
        """Count, in one query each, what belongs to the rows that are shown."""
        ids = [collection.pk for collection in collections]
        self.counts = {
            "rules": counted(Collection.objects.filter(pk__in=ids), "pk", "rules"),
            "deployments": counted(Collection.objects.filter(pk__in=ids), "pk", "deployments"),
            "members": Counter(),
        }
        few = [collection.pk for collection in collections if collection.member_count < LARGE]
        for model in MEMBER.values():
            self.counts["members"] += counted(model._default_manager.filter(collection__in=few), "collection", "pk")
        self.counts["members"].update({c.pk: c.member_count for c in collections if c.member_count >= LARGE})

    def render_name(self, record: Collection) -> SafeString | str:
        if not record.built_in:
            return record.name
        return format_html('{} <span class="sub">{}</span>', record.name, gettext("built in"))

    def render_kind(self, record: Collection) -> str:
        return record.get_kind_display()

    def render_members(self, record: Collection) -> str:
        return number_format(self.counts["members"][record.pk], force_grouping=True)

    def render_limiting(self, record: Collection) -> SafeString | str:
        return name_of(record.limiting, self.readable) if record.limiting else dash()

    def render_rules(self, record: Collection) -> str:
        return number_format(self.counts["rules"][record.pk])

    def render_deployments(self, record: Collection) -> str:
        return number_format(self.counts["deployments"][record.pk])

    def render_comment(self, record: Collection) -> SafeString | str:
        return record.comment or dash()


def counted(rows: Any, key: str, what: str) -> Counter[int]:
    return Counter(dict(rows.order_by().values_list(key).annotate(number=Count(what)).values_list(key, "number")))


class MemberTable(tables.Table):
    """Of devices or of persons; each row says why."""

    name = named(_("Name"), "shown", accessor="pk")
    about = column(_("About"), orderable=False, th="p1")
    because = column(_("Member because"), orderable=False, td="wrap")

    def __init__(self, *args: Any, collection: Collection, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.collection, self.field = collection, FIELD[collection.kind]
        self.readable = collections_of(user, READ_COLLECTION)

    @property
    def caption(self) -> str:
        return gettext("Members of %(collection)s") % {"collection": self.collection}

    def render_name(self, record: Any) -> SafeString:
        member = getattr(record, self.field)
        page = "devices:overview" if self.field == "device" else "devices:person"
        return format_html('<a href="{}">{}</a>', reverse(page, args=[member.pk]), member)

    def render_about(self, record: Any) -> SafeString | str:
        member = getattr(record, self.field)
        facts = [member.os, str(member.site)] if self.field == "device" else [member.name, member.department]
        return " · ".join(fact for fact in facts if fact) or dash()

    def render_because(self, record: Any) -> str:
        return reason(record.rule, self.collection.kind, getattr(record, self.field), self.readable)


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
        return gettext("Persons")

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
        return some(self.names["devices"].get(record.pk, []))

    def render_signed_in(self, record: Person) -> SafeString | str:
        return some(self.names["signed_in"].get(record.pk, []))


def some(names: list[str], most: int = 3) -> SafeString | str:
    if not names:
        return dash()
    more = f" +{len(names) - most}" if len(names) > most else ""
    return ", ".join(names[:most]) + more


class UserTable(tables.Table):
    username = named(_("User name"), "username")
    name = column(_("Name"), "last_name", "first_name", "username")
    roles = column(_("Roles"), orderable=False, td="wrap")
    account = column(_("Account"), "is_active", "username", th="p1")
    last_login = column(_("Last sign-in"), "last_login", "username", th="p1", td="num")

    class Meta:
        order_by = ("username",)

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user

    @property
    def caption(self) -> str:
        return gettext("Users")

    def render_username(self, record: User) -> SafeString | str:
        if not self.user.is_superuser:
            return record.username
        return format_html('<a href="{}">{}</a>', reverse("devices:user", args=[record.pk]), record.username)

    def render_name(self, record: User) -> SafeString | str:
        return record.get_full_name() or dash()

    def render_roles(self, record: User) -> str:
        if record.is_superuser:
            return gettext("All rights")
        return some([group.name for group in record.groups.all()]) if record.groups.all() else gettext("No role")

    def render_account(self, record: User) -> str:
        return gettext("open") if record.is_active else gettext("closed")

    def render_last_login(self, record: User) -> SafeString | str:
        return when(record.last_login, gettext("never"))


class SiteTable(tables.Table):
    name = named(_("Name"), "name", linkify=lambda record: reverse("devices:site", args=[record.pk]))
    version = column(_("Version"), "version", "name", td="num")
    devices = column(_("Devices"), orderable=False, td=NUMBER, th="r")
    queue_every_action = column(_("Queue every action"), "queue_every_action", "name", th="p1")

    class Meta:
        order_by = ("name",)

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user
        self.counts: Counter[int] = Counter()

    @property
    def caption(self) -> str:
        return gettext("Sites")

    def prepare(self, sites: Sequence[Site]) -> None:
        self.counts = fleet(self.user, timezone.now()).by["site"]

    def render_version(self, record: Site) -> str:
        return record.version

    def render_devices(self, record: Site) -> str:
        return number_format(self.counts[record.pk], force_grouping=True)

    def render_queue_every_action(self, record: Site) -> str:
        return gettext("Yes") if record.queue_every_action else gettext("No")
