"""A device, who is signed in on it, and the stream process that holds its connection."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from devices.models.collection import READ_COLLECTION, DeviceMember, collections_of
from devices.models.person import Person
from devices.models.site import VERSION, Site

MAX_NAME = 255  # characters in the name of a device


class Stream(models.Model):
    """One running stream process; a row that is no longer refreshed is a process that died."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    host = models.CharField(max_length=255)
    started_at = models.DateTimeField()
    last_seen = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host} {self.id}"


class DeviceQuerySet(models.QuerySet["Device"]):
    def visible_to(self, user: Any, permission: str = READ_COLLECTION) -> DeviceQuerySet:
        """The devices in a collection for which the user has the permission; all of them for a superuser."""
        collections = collections_of(user, permission)
        if collections is None:
            return self
        return self.filter(Exists(DeviceMember.objects.filter(device=OuterRef("pk"), collection__in=collections)))

    def with_secret(self, *digests: str) -> DeviceQuerySet:
        """The devices whose secret has one of these digests."""
        # The second condition lets the database use the partial index `device_secret_once`.
        return self.filter(secret_hash__in=digests).exclude(secret_hash="").order_by()

    def free_name(self, name: str, but: Device | None = None) -> str:
        """The name, with a number where another device (`but`: not this one) has it, in whichever case."""
        others = self.exclude(pk=but.pk if but else None)
        free, number = name, 1
        while others.filter(name__iexact=free).exists():
            number += 1
            free = f"{name[: MAX_NAME - 1 - len(str(number))]}-{number}"
        return free


class Device(models.Model):
    """A managed machine on which a client runs (or should run)."""

    class JoinType(models.TextChoices):
        DOMAIN = "domain", _("Domain")
        HYBRID = "hybrid", _("Hybrid")
        AZURE_AD = "azure_ad", _("Azure AD")
        NONE = "none", _("Not joined")

    class Platform(models.TextChoices):
        LINUX = "linux", "Linux"
        WINDOWS = "windows", "Windows"
        MACOS = "macos", "macOS"

    class PrimaryBy(models.TextChoices):
        USE = "use", _("from use")
        ADMINISTRATOR = "administrator", _("set by an administrator")
        IMPORT = "import", _("imported")

    name = models.CharField(_("device name"), max_length=MAX_NAME, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), related_name="devices")
    primary_user = models.ForeignKey(
        Person,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="primary_devices",
        verbose_name=_("primary user"),
    )
    primary_by = models.CharField(max_length=16, choices=PrimaryBy.choices, default=PrimaryBy.USE)
    signed_in = models.ManyToManyField(Person, through="SignIn", related_name="signed_in_devices")

    # What the client reports (protocol: inventory).
    host_name = models.CharField(max_length=MAX_NAME, blank=True, editable=False)  # the device is renamed with its host
    platform = models.CharField(_("platform"), max_length=16, choices=Platform.choices, blank=True)
    os = models.CharField(_("OS"), max_length=100, blank=True)
    architecture = models.CharField(_("architecture"), max_length=32, blank=True)
    memory_mb = models.PositiveIntegerField(_("memory in MB"), null=True, blank=True)
    disk_mb = models.PositiveBigIntegerField(_("disk in MB"), null=True, blank=True)
    client_version = models.CharField(_("client version"), max_length=4, blank=True, validators=[VERSION])
    join_type = models.CharField(_("join type"), max_length=16, choices=JoinType.choices, default=JoinType.NONE)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    restart_pending_since = models.DateTimeField(_("restart pending since"), null=True, blank=True)
    inventory_at = models.DateTimeField(_("last inventory"), null=True, blank=True)

    # Presence; written in batches by the stream processes and the presence task.
    stream = models.UUIDField(null=True, blank=True, editable=False)
    online = models.BooleanField(_("online"), default=False, editable=False)
    online_since = models.DateTimeField(_("online since"), null=True, blank=True, editable=False)
    last_contact = models.DateTimeField(_("last contact"), null=True, blank=True, editable=False)

    # What the client has been told.
    policy_at = models.DateTimeField(_("last policy sync"), null=True, blank=True, editable=False)
    policy_revision = models.CharField(max_length=64, blank=True, editable=False)
    policy_bytes = models.PositiveIntegerField(_("policy size"), default=0, editable=False)

    secret_hash = models.CharField(max_length=64, blank=True, editable=False)
    enrolled_at = models.DateTimeField(_("enrolled"), null=True, blank=True, editable=False)
    # The same client may ask again when the answer was lost.
    enrolled_with = models.ForeignKey(
        "devices.EnrolmentToken", on_delete=models.SET_NULL, null=True, editable=False, related_name="enrolled"
    )
    # Which machine its client speaks from, and since which starts (devices/presence/identity.py).
    machine_id = models.CharField(max_length=64, blank=True, editable=False)
    boots = models.JSONField(default=list, editable=False)
    copied_at = models.DateTimeField(null=True, editable=False)
    revision = models.PositiveBigIntegerField(default=0, editable=False)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["name"]
        constraints = [
            # The client API finds a device by its secret.
            models.UniqueConstraint("secret_hash", name="device_secret_once", condition=~Q(secret_hash="")),
        ]
        indexes = [
            # All devices: sorting.
            models.Index(fields=["online", "name"], name="device_online"),
            models.Index(fields=["online", "last_contact"], name="device_contact"),
            models.Index(fields=["os", "name"], name="device_os"),
            models.Index(fields=["client_version", "name"], name="device_client_version"),
            models.Index(fields=["join_type", "name"], name="device_join_type"),
            models.Index(fields=["online_since"], name="device_online_since"),
            # The presence task and a stream process that ends look for the connections of a process.
            models.Index(fields=["stream"], name="device_stream", condition=Q(stream__isnull=False)),
            # The presence task looks for those that are silent.
            models.Index(fields=["last_contact"], name="device_silent", condition=Q(online=True, stream__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("applications:device", args=[self.pk])


class SignIn(models.Model):
    """A person who is signed in on a device at this moment, as its client reported."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="sign_ins")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sign_ins")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "person"], name="sign_in_once")]

    def __str__(self) -> str:
        return f"{self.person} on {self.device}"
