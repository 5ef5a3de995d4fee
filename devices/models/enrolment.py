"""An expiring token with which devices enrol, one or as many as it says; only its hash is kept."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from devices.models.collection import Collection
from devices.models.device import Device
from devices.models.site import Site


class EnrolmentTokenQuerySet(models.QuerySet["EnrolmentToken"]):
    def open(self, now: datetime) -> EnrolmentTokenQuerySet:
        """Those that still open the door."""
        return self.filter(used__lt=F("limit"), expires_at__gt=now)


class EnrolmentToken(models.Model):
    """The right to enrol so many devices on a site, or one known device again, before it expires."""

    token_hash = models.CharField(max_length=64, unique=True)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="enrolment_tokens")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    limit = models.PositiveIntegerField(_("devices"), default=1)
    used = models.PositiveIntegerField(default=0)
    # Of which they become direct members.
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, null=True, related_name="enrolment_tokens")
    # The device whose place it gives back; without one, the device that enrols is a new one.
    again = models.ForeignKey(Device, on_delete=models.CASCADE, null=True, related_name="tokens")

    objects = EnrolmentTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment token")
        verbose_name_plural = _("enrolment tokens")
        constraints = [models.CheckConstraint(name="enrolment_token_limit", condition=Q(used__lte=F("limit")))]

    def __str__(self) -> str:
        return f"{self.site}, expires {self.expires_at:%Y-%m-%d %H:%M}"
