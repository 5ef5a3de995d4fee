"""The list of persons, one person with their devices and collections, and who may change them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.changes import state
from audit.log import Subject, record_change, who_asks
from audit.models import AuditEntry
from devices.access.in_sight import person_in_sight, require_everywhere
from devices.access.permissions import ADD_PERSON, CHANGE_PERSON, DELETE_PERSON, READ_COLLECTION
from devices.access.rights import require
from devices.collections.refresh_members import refresh_devices, refresh_persons
from devices.collections.wording import reason
from devices.models import Collection, Device, Person
from devices.models.collection import collections_of
from devices.models.person import PersonQuerySet
from pages.authoring.unique_names import UniqueNames
from pages.persons.filters import PersonFilter
from pages.persons.table import PersonTable
from ui.lists.page import ListPage

FIELDS = ("username", "name", "email", "department")
MAX_DEVICES = 100  # shown


class PersonForm(UniqueNames):
    class Meta:
        model = Person
        fields = FIELDS
        widgets = {name: forms.TextInput(attrs={"autocomplete": "off"}) for name in ("username", "name", "department")}

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user

    def in_sight(self) -> PersonQuerySet:
        return Person.objects.visible_to(self.user)

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"].strip()
        return username


class PersonList(ListPage):
    filterset_class = PersonFilter
    table_class = PersonTable
    template_name = "persons/list.html"

    def check_access(self) -> None:
        require(self.request.user, READ_COLLECTION)

    def get_queryset(self) -> PersonQuerySet:
        return Person.objects.visible_to(self.request.user)

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}


def person(request: HttpRequest, pk: int) -> HttpResponse:
    found = person_in_sight(request.user, pk)
    readable = collections_of(request.user, READ_COLLECTION)
    devices = Device.objects.visible_to(request.user).select_related("site").order_by("name")
    members = found.memberships.select_related("collection", "rule__other").order_by("collection__name")
    if readable is not None:
        members = members.filter(collection__in=readable)
    return render(
        request,
        "persons/detail.html",
        {
            "person": found,
            "facts": [(_("Name"), found.name), (_("Department"), found.department), (_("Email"), found.email)],
            "primary": devices.filter(primary_user=found)[:MAX_DEVICES],
            "signed_in": found.sign_ins.filter(device__in=devices).select_related("device")[:MAX_DEVICES],
            "members": [
                (member.collection, reason(member.rule, Collection.Kind.PERSONS, found, readable)) for member in members
            ],
            "may_change": has_permission_on(request.user, CHANGE_PERSON, found),
            "may_delete": has_permission_on(request.user, DELETE_PERSON, found),
        },
    )


def has_permission_on(user: Any, permission: str, found: Person) -> bool:
    """Whether the permission holds on a collection of this person."""
    collections = collections_of(user, permission)
    return collections is None or found.memberships.filter(collection__in=collections).exists()


def add_person(request: HttpRequest) -> HttpResponse:
    require_everywhere(request.user, Collection.Kind.PERSONS, ADD_PERSON)
    return edit(request, Person())


def edit_person(request: HttpRequest, pk: int) -> HttpResponse:
    return edit(request, person_in_sight(request.user, pk, CHANGE_PERSON))


def edit(request: HttpRequest, found: Person) -> HttpResponse:
    kept = str(found) if found.pk else ""
    before = state(found, FIELDS) if found.pk else None
    form = PersonForm(request.POST or None, instance=found, user=request.user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            subject = Subject.of(AuditEntry.Kind.PERSON, saved)
            record_change(subject, before, state(saved, FIELDS), **who_asks(request))
            refresh_collections_of([saved.pk])
        messages.success(request, _("%(person)s is saved.") % {"person": saved})
        in_sight = Person.objects.visible_to(request.user).filter(pk=saved.pk).exists()
        return redirect("devices:person", saved.pk) if in_sight else redirect("devices:people")
    cancel = reverse("devices:person", args=[found.pk]) if found.pk else reverse("devices:people")
    return render(request, "persons/edit.html", {"form": form, "name": kept, "cancel": cancel})


def refresh_collections_of(persons: list[int]) -> None:
    """What persons are decides on their collections, and on those of the devices of which they are the primary user."""
    refresh_persons(persons)
    refresh_devices(Device.objects.filter(primary_user__in=persons).values_list("pk", flat=True))
