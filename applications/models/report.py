"""What the client of a device last reported of an application."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.models.narrowing import in_sight
from devices.models import Device, Person


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: Any) -> ReportQuerySet:
        """The reports of devices in sight; those for a person only with that person in sight too."""
        seen = in_sight(user)
        return self if seen is None else self.filter(seen)


class Report(models.Model):
    """The last fact about one application on one device (for one person where it was installed for a person).

    `found` is what detection saw or why an installation did not happen; `ever_installed` never goes back to false.
    """

    class Found(models.TextChoices):
        INSTALLED = "installed", _("Installed")
        NOT_INSTALLED = "not_installed", _("Not installed")
        FAILED = "failed", _("Failed")
        REQUIREMENTS_NOT_MET = "requirements_not_met", _("Requirements not met")
        RESTART_PENDING = "restart_pending", _("Restart pending")

    # No index of its own: report_device begins with it.
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="reports", db_index=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="reports")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="reports")
    found = models.CharField(max_length=24, choices=Found.choices)
    # The line of detail: a code of `rules.reasons` with what fills its sentence; `detail` in it is the client's.
    reason = models.CharField(max_length=32, blank=True)
    facts = models.JSONField(default=dict)
    version = models.CharField(max_length=64, blank=True)
    ever_installed = models.BooleanField(default=False)
    # Koppel installed it, and detection has found it ever since; what somebody else put there is not listed by itself.
    by_koppel = models.BooleanField(default=False)
    reported_at = models.DateTimeField()

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "application"], name="report_once_for_system", condition=Q(person__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["device", "application", "person"],
                name="report_once_for_person",
                condition=Q(person__isnull=False),
            ),
        ]
        indexes = [
            # The list of a device, its pane and its verdicts.
            models.Index(fields=["device", "application"], name="report_device"),
            # Failed installs across the fleet.
            models.Index(fields=["device"], name="report_failed", condition=Q(found="failed")),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} on {self.device_id}: {self.found}"
