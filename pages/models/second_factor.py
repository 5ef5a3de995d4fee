"""What somebody signs in with beside their password: authenticator app, passkeys, recovery codes; a given password."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SecondFactor(models.Model):
    """`sealed` holds what the console needs to check it, for this user alone: a copy of the database proves nothing
    with it, and a row that is written into it proves nothing either."""

    class Kind(models.TextChoices):
        TOTP = "totp", _("Authenticator app")
        PASSKEY = "passkey", _("Passkey")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factors")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=60, blank=True)  # of a passkey: how its user calls it
    sealed = models.TextField()
    handle = models.CharField(max_length=64, unique=True, null=True)  # of a passkey: a hash of its id
    counter = models.BigIntegerField(default=0)  # the time step of the last code, or the passkey's own count of uses
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-kind", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(kind="totp"), name="second_factor_one_app"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.get_kind_display())


class RecoveryCode(models.Model):
    """One code, as a keyed hash; a code that was used is gone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"{self.user}"


class GivenPassword(models.Model):
    """The password of this user was set by an administrator, and its user has not chosen another one yet."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.user}"
