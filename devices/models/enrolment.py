"""A one-time, expiring token with which one device enrols; only its hash is kept."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models.device import Device
from devices.models.site import Site


class EnrolmentToken(models.Model):
    """The right to enrol one device on a site, or one known device again, once, before it expires."""

    token_hash = models.CharField(max_length=64, unique=True)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="enrolment_tokens")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, related_name="+")
    # The device whose place it gives back; without one, the device that enrols is a new one.
    again = models.ForeignKey(Device, on_delete=models.CASCADE, null=True, related_name="tokens")
    # Which client used it: the same client may ask again when the answer was lost.
    secret_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("enrolment token")
        verbose_name_plural = _("enrolment tokens")

    def __str__(self) -> str:
        return f"{self.site}, expires {self.expires_at:%Y-%m-%d %H:%M}"
