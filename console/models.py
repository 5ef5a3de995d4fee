"""The audit log: who did what, when, from where (R20)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from devices.access.permissions import READ_COLLECTION
from devices.models import Collection, Device
from devices.models.collection import collections_of
from devices.models.narrowing import of_devices_in

VIEW_AUDIT = "console.view_auditentry"


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, user: Any) -> AuditQuerySet:
        """Everything for a superuser and for who may look in here for all devices and all persons; else what concerns a
        device in sight (by a group that may also look in here) and nobody outside sight, and what the user did, unless
        that concerns a device out of sight."""
        readable, looked_in = collections_of(user, READ_COLLECTION), collections_of(user, VIEW_AUDIT)
        if readable is None or looked_in is None:
            return self
        everything = set(Collection.objects.filter(built_in=True).values_list("pk", flat=True)) if looked_in else None
        if everything and everything <= looked_in & readable:
            return self
        seen = of_devices_in(readable, user)
        there = seen if looked_in == readable else seen & of_devices_in(looked_in, user)
        return self.filter(Q(user=user) & (Q(device__isnull=True) | seen) | Q(private=False) & there)


class AuditEntry(models.Model):
    """One thing that somebody did. Names are kept as text, so that the log survives what it speaks of."""

    class Verb(models.TextChoices):
        SIGNED_IN = "signed_in", _("Signed in")
        SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
        SIGNED_OUT = "signed_out", _("Signed out")
        ASKED = "asked", _("Asked")
        REFUSED = "refused", _("Refused")
        CANCELLED = "cancelled", _("Cancelled")
        DELIVERED = "delivered", _("Delivered")
        FINISHED = "finished", _("Finished")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")
        CREATED = "created", _("Created")
        CHANGED = "changed", _("Changed")
        DELETED = "deleted", _("Deleted")
        ENROLLED = "enrolled", _("Enrolled")
        EXPORTED = "exported", _("Exported")

    at = models.DateTimeField(_("when"))
    verb = models.CharField(_("what"), max_length=16, choices=Verb.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    actor = models.CharField(_("who"), max_length=150)
    address = models.GenericIPAddressField(_("from"), null=True)
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, related_name="+")
    # What it was about: "Install GIMP 3.0.6 on LT-AMS-0421", "Deployment Office → All workstations".
    target = models.CharField(_("about"), max_length=300)
    details = models.JSONField(_("details"), default=dict)
    # It names a person, whom who sees the device need not see.
    private = models.BooleanField(default=False)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["verb", "-at"], name="audit_verb"),
            models.Index(fields=["device", "-at"], name="audit_device"),
            models.Index(fields=["actor", "-at"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.verb} {self.target}"
