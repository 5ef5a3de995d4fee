"""The audit log: who did what, when, about what, from where (R20)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

VIEW_AUDIT = "audit.view_auditentry"


class AuditEntry(models.Model):
    """One thing that somebody did, as facts: the sentence is made when it is read.

    Objects are kept by number and by the name they had at that moment, so that the log survives what it speaks of.
    """

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
        TURNED_AWAY = "turned_away", _("Turned away")
        SIGNED = "signed", _("Signed")
        RESTORED = "restored", _("Put back")
        DEVICE_REFUSED = "device_refused", _("Refused by the device")

    class Kind(models.TextChoices):
        """What kind of object it was about; the last ones are lists, of which an export has no name or number."""

        APPLICATION = "application", _("Application")
        APPLICATION_GROUP = "application_group", _("Application group")
        DEPLOYMENT_TYPE = "deployment_type", _("Deployment type")
        DEPLOYMENT = "deployment", _("Deployment")
        COLLECTION = "collection", _("Collection")
        DEVICE = "device", _("Device")
        PERSON = "person", _("User")
        SITE = "site", _("Site")
        ROLE = "role", _("Role")
        USER = "user", _("Account")
        PASSWORD = "password", _("Password")  # a user's own
        ENROLMENT_TOKEN = "enrolment_token", _("Enrolment token")  # its name is that of its site
        SIGNING_KEY = "signing_key", _("Signing key")  # its name is the id of the new one
        REQUEST = "request", _("Request")
        APPLICATIONS = "applications", _("Applications")
        APPLICATION_GROUPS = "application_groups", _("Application groups")
        DEVICE_APPLICATIONS = "device_applications", _("Applications of the device")  # its name is that of the device
        DEPLOYMENTS = "deployments", _("Deployments")
        DEVICES = "devices", _("Devices")
        REQUESTS = "requests", _("Requests")
        AUDIT_LOG = "audit_log", _("Audit log")

    at = models.DateTimeField(_("when"))
    verb = models.CharField(_("what"), max_length=16, choices=Verb.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    actor = models.CharField(_("who"), max_length=150)
    address = models.GenericIPAddressField(_("from"), null=True)
    # The number of the device that it concerns, also when that is gone by now.
    device_id = models.BigIntegerField(_("device"), null=True)
    # Empty in entries older than kinds: their name is the whole of what they were about, in English.
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, blank=True)
    object_id = models.CharField(_("number"), max_length=36, blank=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    # {"changes": {"version": {"old": "3.0", "new": "3.1"}}}, and other facts by their names: {"reason": "offline"}.
    facts = models.JSONField(_("facts"), default=dict)
    # It names a person, whom who sees the device need not see.
    private = models.BooleanField(default=False)
    # Its place in the hash chain, and the hash that seals it there (audit/chain/); empty for some seconds.
    number = models.BigIntegerField(_("entry"), null=True, unique=True)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),  # the page
            models.Index(fields=["verb", "-at"], name="audit_verb"),  # its filter; failed sign-ins
            models.Index(fields=["device_id", "-at"], name="audit_device"),  # its filter; what is in sight
            models.Index(fields=["actor", "-at"], name="audit_actor"),  # its filter
            models.Index(fields=["id"], condition=models.Q(number=None), name="audit_unsealed"),  # the sealer
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.verb} {self.kind} {self.name}"


class Anchor(models.Model):
    """The head of the chain at a moment, once a day, signed: who can write here can remove it and not make another."""

    at = models.DateTimeField(db_index=True)  # whether today's is there
    envelope = models.JSONField()  # of at, number and hash (signing/envelope.py)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class LastCheck(models.Model):
    """What the last walk along the chain found: one row. `fault` is empty when the chain was whole, else the first of
    its faults (audit/chain/verify.py), with the entries that it is about."""

    at = models.DateTimeField()
    number = models.BigIntegerField()
    fault = models.CharField(max_length=16, blank=True)
    first = models.BigIntegerField(null=True)
    last = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.number} {self.fault or 'whole'}"
