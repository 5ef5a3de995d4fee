"""Users of the console and their roles. Only superusers change users: whoever can, could give themselves everything."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.forms import BaseUserCreationForm, SetPasswordForm, UsernameField
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.changes import State, names, state
from audit.log import Subject, record_change, who_asks
from audit.models import AuditEntry
from devices.access import seals
from devices.access.permissions import VIEW_USER
from devices.access.rights import require
from devices.models import CollectionRight
from devices.ready_made_names import role_name
from pages.models import GivenPassword
from pages.sign_in.proofs import factors
from pages.sign_in.sessions.store import end_sessions
from pages.users.filters import UserFilter
from pages.users.table import UserTable
from ui.lists.page import ListPage

LABELS = {"username": gettext_lazy("User name"), "is_superuser": gettext_lazy("All rights")}
FIELDS = ("username", "first_name", "last_name", "email", "is_active", "is_superuser")


class RolesField(forms.ModelMultipleChoiceField):
    """The roles, each with a word where it gives nothing yet."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self) -> None:
        sees = Exists(CollectionRight.objects.filter(group=OuterRef("pk")))
        super().__init__(
            Group.objects.order_by("name").annotate(sees=sees), label=gettext_lazy("Roles"), required=False
        )

    def label_from_instance(self, group: Any) -> str:
        name = role_name(group.name)
        return name if group.sees else _("%(role)s (has no collections yet: it sees nothing)") % {"role": name}


class UserForm(forms.ModelForm):
    groups = RolesField()

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "is_active", "groups", "is_superuser")
        labels = LABELS
        help_texts = {
            "username": "",
            "is_superuser": gettext_lazy("On everything, with or without a role."),
            "is_active": gettext_lazy("Without this mark nobody can sign in with this account."),
        }

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user

    def clean_is_active(self) -> bool:
        return self._not_of_oneself("is_active", _("You cannot close your own account."))

    def clean_is_superuser(self) -> bool:
        return self._not_of_oneself("is_superuser", _("You cannot take all rights from yourself."))

    def _not_of_oneself(self, field: str, sentence: str) -> bool:
        value: bool = self.cleaned_data[field]
        if not value and self.instance.pk == self.user.pk:
            raise forms.ValidationError(sentence)
        return value


class NewUserForm(BaseUserCreationForm):
    groups = RolesField()

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email")
        labels = LABELS
        field_classes = {"username": UsernameField}


def require_superuser(user: Any) -> None:
    require(user, VIEW_USER)
    if not user.is_superuser:
        raise PermissionDenied(_("Only an account with all rights may change accounts."))
    seals.require_intact(user)


class UserList(ListPage):
    filterset_class = UserFilter
    table_class = UserTable
    template_name = "users/list.html"

    def check_access(self) -> None:
        require(self.request.user, VIEW_USER)

    def get_queryset(self) -> QuerySet[User]:
        second_factor = Exists(factors.factors_of(OuterRef("pk")))
        users = User.objects.annotate(has_second_factor=second_factor)
        return users.prefetch_related(Prefetch("groups", Group.objects.order_by("name")))

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}


def add_user(request: HttpRequest) -> HttpResponse:
    require_superuser(request.user)
    form = NewUserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            made = form.save()
            made.groups.set(form.cleaned_data["groups"])
            GivenPassword.objects.create(user=made)
            seals.seal_user(made)
            record_change(subject_of(made), None, state_of(made), **who_asks(request))
        messages.success(request, _("%(user)s is saved.") % {"user": made})
        return redirect("devices:users")
    intro = _("An account is for signing in to this console. Users of devices need none.")
    return form_page(request, form, None, _("New account"), intro=intro)


def edit_user(request: HttpRequest, pk: int) -> HttpResponse:
    require_superuser(request.user)
    found = get_object_or_404(User, pk=pk)
    before = state_of(found)
    form = UserForm(request.POST or None, instance=found, user=request.user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            seals.seal_rights(saved)
            record_change(subject_of(saved), before, state_of(saved), **who_asks(request))
        messages.success(request, _("%(user)s is saved.") % {"user": saved})
        return redirect("devices:users")
    return form_page(request, form, found, before["username"])


def password(request: HttpRequest, pk: int) -> HttpResponse:
    """A new password for somebody who forgot theirs; their sessions end."""
    require_superuser(request.user)
    found = get_object_or_404(User, pk=pk)
    form = SetPasswordForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic(), seals.kept(found) as facts:
            form.save()
            facts["password"] = found.password
            if found != request.user:
                GivenPassword.objects.get_or_create(user=found)
                end_sessions(found)
            new = {"password": "by_administrator"}
            record_change(subject_of(found), {"password": "before"}, new, **who_asks(request))
        messages.success(request, _("%(user)s has a new password.") % {"user": found})
        return redirect("devices:users")
    return form_page(request, form, None, found.get_username(), whose=found.get_username())


def remove_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """For somebody who lost their phone: their sessions end, the password alone lets them in to set up another one."""
    require_superuser(request.user)
    found = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        with transaction.atomic():
            before = factors.state_of(found)
            factors.remove_all(found)
            end_sessions(found, but=request.session)  # type: ignore[arg-type]
            record_change(subject_of(found), before, factors.state_of(found), **who_asks(request))
        messages.success(request, _("%(user)s has no second factor any more.") % {"user": found})
        return redirect("devices:user", pk)
    context = {"account": found, "factors": factors.factors_of(found)}
    return render(request, "users/remove_second_factor.html", context)


def form_page(request: HttpRequest, form: Any, user: User | None, name: str, **more: str) -> HttpResponse:
    context = {
        "form": form,
        "account": user,
        "intact": user is None or seals.user_is_intact(user),
        "has_second_factor": user is not None and factors.has_second_factor(user),
        "name": name,
        "cancel": reverse("devices:users"),
        **more,
    }
    return render(request, "users/edit.html", context)


def subject_of(user: User) -> Subject:
    return Subject.of(AuditEntry.Kind.USER, user)


def state_of(user: User) -> State:
    return state(user, FIELDS) | {"roles": names(user.groups.all())}
