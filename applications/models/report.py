"""What the client of a device last reported of an application."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from devices.models import Device, Person


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
    # The line of detail: a code of `rules.reasons` with what fills its sentence.
    reason = models.CharField(max_length=32, blank=True)
    facts = models.JSONField(default=dict)
    version = models.CharField(max_length=64, blank=True)
    ever_installed = models.BooleanField(default=False)
    reported_at = models.DateTimeField()

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
