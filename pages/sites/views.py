"""The list of sites, and one site: what its version lists (R12), its devices; creating and changing it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.changes import state
from audit.log import Subject, record_change, who_asks
from audit.models import AuditEntry
from devices.access.in_sight import site_in_sight, sites_in_sight
from devices.access.permissions import ADD_SITE, CHANGE_SITE, READ_COLLECTION
from devices.access.rights import require
from devices.collections import refresh
from devices.collections.tasks import membership_changed
from devices.models import Collection, CollectionRule, Site
from devices.presence.tasks import policy_changed
from pages.authoring.unique_names import UniqueNames
from pages.collections.edit import is_small
from pages.devices.counts import fleet
from pages.sites.table import SiteTable
from ui.lists.page import ListPage

FIELDS = ("name", "version", "queue_every_action", "primary_from_use")


class SiteForm(UniqueNames):
    class Meta:
        model = Site
        fields = FIELDS
        help_texts = {"version": gettext_lazy("A year and a month as YYMM, for example 2111.")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
            "version": forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "size": 4}),
        }

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user

    def in_sight(self) -> QuerySet[Any]:
        return sites_in_sight(self.user)


class SiteList(ListPage):
    table_class = SiteTable
    template_name = "sites/list.html"

    def check_access(self) -> None:
        require(self.request.user, READ_COLLECTION)

    def get_queryset(self) -> QuerySet[Site]:
        return sites_in_sight(self.request.user)

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}


def site(request: HttpRequest, pk: int) -> HttpResponse:
    found = site_in_sight(request.user, pk)
    return render(
        request,
        "sites/detail.html",
        {
            "site": found,
            "facts": [
                (_("Version"), found.version),
                (_("Devices"), number_format(fleet(request.user, timezone.now()).by["site"][found.pk])),
                (_("Queue every action"), _("Yes") if found.queue_every_action else _("No")),
                (_("Primary users from use"), _("Yes") if found.primary_from_use else _("No")),
            ],
            "devices": f"{reverse('devices:list')}?site={found.pk}",
        },
    )


def add_site(request: HttpRequest) -> HttpResponse:
    require(request.user, READ_COLLECTION, ADD_SITE)
    return edit(request, Site())


def edit_site(request: HttpRequest, pk: int) -> HttpResponse:
    return edit(request, site_in_sight(request.user, pk, CHANGE_SITE))


def edit(request: HttpRequest, found: Site) -> HttpResponse:
    before = state(found, FIELDS) if found.pk else None
    form = SiteForm(request.POST or None, instance=found, user=request.user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            subject = Subject.of(AuditEntry.Kind.SITE, saved)
            if record_change(subject, before, state(saved, FIELDS), **who_asks(request)) and before:
                rename_in_queries(before["name"], saved.name)
                # What is listed, and what takes effect, depends on the version.
                saved.devices.update(revision=F("revision") + 1)
                policy_changed(saved.devices.filter(stream__isnull=False).values_list("pk", flat=True))
            concerned = list(query_rules().values_list("collection", flat=True))
            at_once = is_small(Collection.Kind.DEVICES)
            if not at_once:
                membership_changed(concerned)
        if at_once:
            refresh.refresh(concerned, timezone.now())
        messages.success(request, _("%(site)s is saved.") % {"site": saved})
        in_sight = sites_in_sight(request.user).filter(pk=saved.pk).exists()
        return redirect("devices:site", saved.pk) if in_sight else redirect("devices:sites")
    return render(
        request,
        "sites/edit.html",
        {
            "form": form,
            "name": before["name"] if before else "",
            "number": found.devices.count() if before else 0,
            "cancel": reverse("devices:site", args=[found.pk]) if before else reverse("devices:sites"),
        },
    )


def query_rules() -> QuerySet[CollectionRule]:
    """The query rules that may ask for a site."""
    return CollectionRule.objects.filter(kind=CollectionRule.Kind.QUERY).exclude(query=[])


def rename_in_queries(old: str, new: str) -> None:
    """Queries call a site by its name; they follow it."""
    if old == new:
        return
    for rule in query_rules():
        query = [renamed(condition, old, new) for condition in rule.query]
        if query != rule.query:
            CollectionRule.objects.filter(pk=rule.pk).update(query=query)


def renamed(condition: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    value = condition["value"]
    if condition["attribute"] != "site" or condition["operator"] not in ("is", "is_not", "one_of"):
        return condition
    values = value if isinstance(value, list) else [value]
    changed = [new if each.casefold() == old.casefold() else each for each in values]
    return condition | {"value": changed if isinstance(value, list) else changed[0]}
