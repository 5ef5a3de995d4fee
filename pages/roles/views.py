"""Roles: a Django group with its permissions, the collections on which they hold, and its users (R18, R19).

What somebody does not have themselves they cannot give; who is in a role is for who may change users.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.changes import State, names
from audit.log import Subject, record_change, who_asks
from audit.models import AuditEntry
from devices.access import seals
from devices.access.in_sight import on_collection
from devices.access.permissions import CHANGE_ROLE, VIEW_ROLE, VIEW_USER
from devices.access.powers import POWERS, in_words, power_of, powers_of
from devices.access.rights import require
from devices.models import Collection, CollectionRight, RoleSettings
from devices.ready_made_names import role_name

MAX_USERS = 25  # shown with a role
NOT_WHOLE = gettext_lazy("To change a role you need every permission that it gives, on every collection that it has.")


class RoleForm(forms.ModelForm):
    powers = forms.MultipleChoiceField(
        label=gettext_lazy("Permissions"), required=False, widget=forms.CheckboxSelectMultiple
    )
    collections: Any = forms.ModelMultipleChoiceField(
        None,
        label=gettext_lazy("Collections on which they hold"),
        required=False,
        help_text=gettext_lazy(
            "With every collection that is limited to one of them; without any, a role sees nothing."
        ),
        widget=forms.CheckboxSelectMultiple,
    )

    provider_group = forms.CharField(
        label=gettext_lazy("Group at the identity provider"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "Who is in it there gets this role when signing in by the identity provider, and loses it outside it. "
            "Only an account with all rights may change this."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    second_factor = forms.BooleanField(
        label=gettext_lazy("Second factor needed"),
        required=False,
        help_text=gettext_lazy("Who has this role and no second factor is led to set one up before anything else."),
    )

    class Meta:
        model = Group
        fields = ("name",)
        labels = {"name": gettext_lazy("Name")}

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.fields["powers"].choices = [(power.name, power.label) for power in POWERS]  # type: ignore[attr-defined]
        mine = Collection.objects.visible_to(user)
        self.fields["collections"].queryset = mine  # type: ignore[attr-defined]
        group = self.instance
        self.held = set(group.permissions.select_related("content_type")) if group.pk else set()
        self.had = set(Collection.objects.filter(rights__group=group)) if group.pk else set()
        self.settings = settings_of(group)
        self.initial["second_factor"] = self.settings.second_factor
        self.initial["provider_group"] = self.settings.provider_group
        self.fields["provider_group"].disabled = not user.is_superuser  # as giving a role by hand
        if not settings.KOPPEL_OIDC_ISSUER:
            del self.fields["provider_group"]
        self.initial["powers"] = powers_of(map(named, self.held))
        self.initial["collections"] = list(mine.filter(rights__group=group)) if group.pk else []

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "powers" in data and "collections" in data:
            self.permissions = self._permissions(data["powers"])
            hidden = self.had - set(self.fields["collections"].queryset)  # type: ignore[attr-defined]
            self.on = hidden | set(data["collections"])
            self._only_what_they_have()
        return data

    def _permissions(self, chosen: list[str]) -> set[Permission]:
        """Those of the powers that are chosen; what no power speaks of, or was not touched, stays as it is."""
        before = set(self.initial["powers"])
        gone = {name for power in before - set(chosen) for name in power_of(power).permissions}
        new = {name for power in set(chosen) - before for name in power_of(power).permissions}
        kept = {name for power in chosen for name in power_of(power).permissions}
        stay = {permission for permission in self.held if named(permission) not in gone - kept}
        made = Permission.objects.filter(codename__in=[name.partition(".")[2] for name in new])
        return stay | {permission for permission in made.select_related("content_type") if named(permission) in new}

    def _only_what_they_have(self) -> None:
        user = self.user
        if user.is_superuser:
            return
        had = pairs(self.held, self.had)
        for permission, collection in sorted(pairs(self.permissions, self.on) - had):
            if not user.has_perm(permission) or (collection and not on_collection(user, permission, collection)):
                raise ValidationError(
                    _("You can only give what you have: you do not have “%(permission)s” on all of these collections.")
                    % {"permission": in_words(permission)}
                )

    def save(self, commit: bool = True) -> Group:
        group: Group = super().save(commit)
        group.permissions.set(self.permissions)
        CollectionRight.objects.filter(group=group).exclude(collection__in=self.on).delete()
        for collection in self.on - self.had:
            CollectionRight.objects.get_or_create(group=group, collection=collection)
        self.settings.group = group
        self.settings.second_factor = self.cleaned_data["second_factor"]
        self.settings.provider_group = self.cleaned_data.get("provider_group", self.settings.provider_group)
        self.settings.save()
        return group


def settings_of(group: Group) -> RoleSettings:
    """Kept, or as they are when nobody set any."""
    return RoleSettings.objects.filter(group=group.pk).first() or RoleSettings(group_id=group.pk)


def may_change(user: Any, group: Group) -> bool:
    """Whoever takes something from a role takes it from others, so they need what it gives, everywhere it holds."""
    if user.is_superuser or group.pk is None:
        return bool(user.has_perm(CHANGE_ROLE))
    held = pairs(group.permissions.select_related("content_type"), Collection.objects.filter(rights__group=group))
    return bool(user.has_perm(CHANGE_ROLE)) and all(
        user.has_perm(permission) and (not collection or on_collection(user, permission, collection))
        for permission, collection in held
    )


def require_whole(user: Any, group: Group) -> None:
    """Raise PermissionDenied (403) unless the user may change, or delete, this role."""
    require(user, CHANGE_ROLE)
    if not may_change(user, group):
        raise PermissionDenied(NOT_WHOLE)


def named(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


def pairs(permissions: Iterable[Permission], collections: Iterable[Collection]) -> set[tuple[str, int]]:
    """Each permission by itself (with 0) and on each collection."""
    on = [0, *(collection.pk for collection in collections)]
    return {(named(permission), collection) for permission in permissions for collection in on}


def roles(request: HttpRequest) -> HttpResponse:
    require(request.user, VIEW_ROLE)
    mine = set(Collection.objects.visible_to(request.user).values_list("pk", flat=True))
    groups = (
        Group.objects.order_by("name")
        .select_related("role_settings")
        .prefetch_related("permissions__content_type", "collection_rights__collection")
    )
    shown = [
        {
            "group": group,
            "powers": [power_of(name).label for name in powers_of(map(named, group.permissions.all()))],
            "collections": sorted(str(r.collection) for r in group.collection_rights.all() if r.collection_id in mine),
            "users": group.users,
            "settings": getattr(group, "role_settings", None),
        }
        for group in groups.annotate(users=Count("user"))
    ]
    return render(request, "roles/list.html", {"roles": shown})


def add_role(request: HttpRequest) -> HttpResponse:
    require(request.user, VIEW_ROLE, CHANGE_ROLE)
    return edit(request, Group())


def role(request: HttpRequest, pk: int) -> HttpResponse:
    """One role: what it may do and where; a form for who may change it."""
    require(request.user, VIEW_ROLE)
    return edit(request, get_object_or_404(Group, pk=pk))


def edit(request: HttpRequest, group: Group) -> HttpResponse:
    if request.method == "POST":
        require_whole(request.user, group)
        seals.require_intact(request.user)
    kept = group.name
    before = state_of(group) if group.pk else None
    form = RoleForm(request.POST or None, instance=group, user=request.user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            seals.seal_role(saved)
            record_change(Subject.of(AuditEntry.Kind.ROLE, saved), before, state_of(saved), **who_asks(request))
        messages.success(request, _("%(role)s is saved.") % {"role": role_name(saved.name)})
        return redirect("devices:role", saved.pk)
    whole = may_change(request.user, group)
    may_see_users = group.pk is not None and request.user.has_perm(VIEW_USER)
    users = User.objects.filter(groups=group.pk).order_by("username")
    if not whole:
        for field in form.fields.values():
            field.disabled = True
    return render(
        request,
        "roles/edit.html",
        {
            "form": form,
            "role": group,
            "name": role_name(kept),
            "may_change": whole,
            "intact": group.pk is None or seals.role_is_intact(group),
            "why_not": NOT_WHOLE if request.user.has_perm(CHANGE_ROLE) and not whole else "",
            "users": users[:MAX_USERS] if may_see_users else None,
            "more": may_see_users and users.count() > MAX_USERS,
            "cancel": reverse("devices:roles"),
        },
    )


def state_of(group: Group) -> State:
    more = settings_of(group)
    return {
        "name": group.name,
        "permissions": sorted(map(named, group.permissions.select_related("content_type"))),
        "collections": names(Collection.objects.filter(rights__group=group)),
        "provider_group": more.provider_group,
        "second_factor": more.second_factor,
    }
