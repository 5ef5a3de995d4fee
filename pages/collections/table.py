"""The columns of the lists of collections, members, persons, users and sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.access.permissions import READ_APPLICATION, READ_COLLECTION
from devices.collections.membership_query import FIELD, MEMBER
from devices.collections.wording import name_of, reason
from devices.models import Collection
from devices.models.collection import collections_of
from pages.devices.counts import LARGE
from ui.lists.columns import NUMBER, column, counted, dash, named


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
            return str(record)
        return format_html('{} <span class="sub">{}</span>', record, gettext("built in"))

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
