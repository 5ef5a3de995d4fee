"""Deletes a person whom nobody has signed in as; their devices decide anew on a primary user."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Report, Request
from audit.models import AuditEntry
from devices.access.in_sight import person_in_sight
from devices.access.permissions import DELETE_PERSON
from devices.collections.refresh_members import refresh_devices
from devices.models import Collection, CollectionRule, Device, Person
from pages.persons.views import FIELDS
from ui.delete_page import DeletePage


class DeletePerson(DeletePage):
    icon = "person"
    list_url, list_label, detail_url = "devices:people", gettext_lazy("Users"), "devices:person"
    kind, fields = AuditEntry.Kind.PERSON, FIELDS
    object: Person

    def find(self) -> Person:
        return person_in_sight(self.request.user, self.kwargs["pk"], DELETE_PERSON)

    def why_not(self) -> list[str]:
        person, reasons = self.object, []
        if person.sign_ins.exists():
            reasons.append(_("%(person)s is signed in on a device, and would come back at once.") % {"person": person})
        if Request.objects.open().filter(person=person).exists():
            reasons.append(
                _("A request for %(person)s is under way. Cancel it, or wait for its end.") % {"person": person}
            )
        return reasons

    def consequences(self) -> list[tuple[str, Any]]:
        user, person = self.request.user, self.object
        devices, collections = Device.objects.visible_to(user), Collection.objects.visible_to(user)
        return [
            (_("Primary user of"), devices.filter(primary_user=person).count()),
            (
                _("Collections with this user as a direct member"),
                CollectionRule.objects.filter(person=person, collection__in=collections).count(),
            ),
            (
                _("Applications installed for this user"),
                Report.objects.filter(person=person, device__in=devices).count(),
            ),
        ]

    def remove(self) -> None:
        devices = list(Device.objects.filter(primary_user=self.object).values_list("pk", flat=True))
        super().remove()
        Device.objects.filter(pk__in=devices).update(primary_by=Device.PrimaryBy.USE)
        refresh_devices(devices)
