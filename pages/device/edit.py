"""Changes what an administrator decides about a device: its site and its primary user."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.changes import state
from audit.log import Subject, record_change, who_asks
from audit.models import AuditEntry
from devices.access.in_sight import device_in_sight, sites_in_sight
from devices.access.permissions import CHANGE_DEVICE
from devices.collections.refresh_members import refresh_devices
from devices.models import Device, Person, Site
from devices.primary_users.assign import assign
from devices.primary_users.from_use import decide

By = Device.PrimaryBy


class DeviceForm(forms.Form):
    site: Any = forms.ModelChoiceField(None, label=gettext_lazy("Site"), empty_label=None)
    primary_by = forms.ChoiceField(
        label=gettext_lazy("The primary user is"),
        choices=[
            (By.USE, gettext_lazy("from use: who is signed in here on most days")),
            (By.ADMINISTRATOR, gettext_lazy("as set below, whoever uses the device")),
        ],
        widget=forms.RadioSelect,
    )
    primary_user = forms.CharField(
        label=gettext_lazy("Primary user"),
        required=False,
        max_length=150,
        help_text=gettext_lazy("A user name. Empty: nobody."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "list": "users"}),
    )

    def __init__(self, data: Any, *, device: Device, user: Any) -> None:
        self.device, self.user = device, user
        persons = Person.objects.visible_to(user)
        primary = device.primary_user
        self.hidden = primary is not None and not persons.filter(pk=primary.pk).exists()
        shown = primary.username if primary and not self.hidden else ""
        by = By.USE if device.primary_by == By.USE else By.ADMINISTRATOR
        super().__init__(data, initial={"site": device.site_id, "primary_user": shown, "primary_by": by})
        choices = Site.objects.filter(Q(pk__in=sites_in_sight(user).values("pk")) | Q(pk=device.site_id))
        self.fields["site"].queryset = choices  # type: ignore[attr-defined]
        if self.hidden:
            self.fields["primary_user"].help_text = _(
                "The device has a primary user whom you may not see. Empty leaves that as it is."
            )

    def clean_primary_user(self) -> Person | None:
        username = self.cleaned_data["primary_user"].strip()
        if not username:
            return self.device.primary_user if self.hidden else None
        person = Person.objects.visible_to(self.user).filter(username=username).first()
        if person is None:
            raise forms.ValidationError(_("There is no user in sight with this user name."))
        return person

    def clean(self) -> dict[str, Any] | None:
        if self.cleaned_data.get("primary_by") == By.USE and self.sets_another:
            self.add_error("primary_user", _("To set somebody here, choose “as set below”."))
        return super().clean()

    @property
    def sets_another(self) -> bool:
        return self.cleaned_data.get("primary_user", self.device.primary_user) != self.device.primary_user

    @property
    def decides(self) -> bool:
        """Whether anything changes about who the primary user is, or about who decides that."""
        return self.sets_another or "primary_by" in self.changed_data


def edit_device(request: HttpRequest, pk: int) -> HttpResponse:
    device = device_in_sight(request.user, pk, CHANGE_DEVICE)
    form = DeviceForm(request.POST or None, device=device, user=request.user)
    if request.method == "POST" and form.is_valid():
        before = state(device, ("site",))
        with transaction.atomic():
            if device.site != form.cleaned_data["site"]:
                device.site = form.cleaned_data["site"]
                Device.objects.filter(pk=pk).update(site=device.site, revision=F("revision") + 1)
                refresh_devices([pk])
                subject = Subject.of(AuditEntry.Kind.DEVICE, device)
                record_change(subject, before, state(device, ("site",)), device=device, **who_asks(request))
            if form.decides:
                by = By(form.cleaned_data["primary_by"])
                assign({device: form.cleaned_data["primary_user"]}, by, **who_asks(request))
                decide([pk], timezone.now().date())
        messages.success(request, _("%(device)s is saved.") % {"device": device})
        in_sight = Device.objects.visible_to(request.user).filter(pk=pk).exists()
        return redirect("devices:overview", pk) if in_sight else redirect("devices:list")
    persons = Person.objects.visible_to(request.user)
    return render(
        request,
        "device/edit.html",
        {
            "device": device,
            "form": form,
            "signed_in": persons.filter(sign_ins__device=device).order_by("username"),
            "users": persons.filter(Q(sign_ins__device=device) | Q(days_of_use__device=device)).distinct(),
            "cancel": reverse("devices:overview", args=[pk]),
        },
    )
