"""The list of collections, and one collection with its rules, its members and why they are members."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Prefetch, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from applications.models import Deployment
from devices.access.in_sight import collection_in_sight, on_collection, sees_everybody
from devices.access.permissions import (
    CHANGE_COLLECTION,
    DELETE_COLLECTION,
    READ_APPLICATION,
    READ_COLLECTION,
    VIEW_ROLE,
)
from devices.access.rights import require
from devices.collections.membership_query import FIELD, MEMBER
from devices.collections.wording import name_of, rule_in_words
from devices.models import Collection, Person
from devices.models.collection import CollectionQuerySet, collections_of
from pages.collections.filters import CollectionFilter, MemberFilter
from pages.collections.table import CollectionTable, MemberTable
from pages.devices.counts import LARGE
from ui.lists.page import ListPage
from ui.templatetags.koppel import ago

MAX_RULES, MAX_DEPLOYMENTS = 50, 50  # shown


class CollectionList(ListPage):
    filterset_class = CollectionFilter
    table_class = CollectionTable
    template_name = "collections/list.html"

    def check_access(self) -> None:
        require(self.request.user, READ_COLLECTION)

    def get_queryset(self) -> CollectionQuerySet:
        return Collection.objects.visible_to(self.request.user).select_related("limiting")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}


class CollectionMembers(ListPage):
    """One collection; its members are the list of the page."""

    filterset_class = MemberFilter
    table_class = MemberTable
    template_name = "collections/detail.html"

    def check_access(self) -> None:
        self.collection = collection_in_sight(self.request.user, self.kwargs["pk"])

    def get_queryset(self) -> QuerySet[Any]:
        """Who may read a collection may see its members."""
        field = FIELD[self.collection.kind]
        key = "name" if field == "device" else "username"
        related = [field, "rule__other", *(["device__site"] if field == "device" else [])]
        members = MEMBER[self.collection.kind]._default_manager.filter(collection=self.collection)
        if field == "device":
            persons = Person.objects.visible_to(self.request.user)
            members = members.prefetch_related(Prefetch("device__primary_user", persons))
        return members.select_related(*related).annotate(shown=F(f"{field}__{key}")).order_by("shown", "pk")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"collection": self.collection, "user": self.request.user}

    @cached_property
    def known_total(self) -> int | None:
        number = self.collection.member_count
        return number if number >= LARGE and not self.filterset.active else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user, collection = self.request.user, self.collection
        readable = collections_of(user, READ_COLLECTION)
        rules = collection.rules.select_related("device", "person", "other")
        direct = rules.filter(kind="direct").count()
        others = rules.exclude(kind="direct").order_by("kind", "pk")[:MAX_RULES]
        may = not collection.built_in
        return context | {
            "collection": collection,
            "facts": facts(collection, readable),
            "rules": [rule_in_words(rule, collection.kind, readable, sees_everybody(user)) for rule in others],
            "direct": direct,
            "deployments": self.deployments(),
            "depending": Collection.objects.visible_to(user).filter(pk__in=depending(collection)),
            "roles": roles(collection) if user.has_perm(VIEW_ROLE) else (),
            "may_change": may and on_collection(user, CHANGE_COLLECTION, collection.pk),
            "may_delete": may and on_collection(user, DELETE_COLLECTION, collection.pk),
            "back": reverse("devices:collections"),
        }

    def deployments(self) -> Iterable[Deployment]:
        """What is deployed to it, for who may read applications."""
        if not self.request.user.has_perm(READ_APPLICATION):
            return ()
        here = Deployment.objects.filter(collection=self.collection).select_related("application")
        return here.order_by("application__name")[:MAX_DEPLOYMENTS]


def facts(collection: Collection, readable: set[int] | None) -> list[tuple[str, Any]]:
    return [
        (_("Of"), collection.get_kind_display()),
        (_("Limited to"), name_of(collection.limiting, readable) if collection.limiting else _("nothing")),
        (_("Members refreshed"), ago(collection.refreshed_at, _("not yet"))),
    ]


def depending(collection: Collection) -> set[int]:
    """The collections (ids) that name this one in a rule or are limited to it."""
    limited = collection.limited.values_list("pk", flat=True)
    return {*limited, *collection.used_by.values_list("collection", flat=True)}


def roles(collection: Collection) -> list[Any]:
    return [right.group for right in collection.rights.select_related("group").order_by("group__name")]
