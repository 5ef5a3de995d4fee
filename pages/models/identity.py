"""Who an account is at the identity provider, and the roles that it has from there."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models


class Identity(models.Model):
    """By issuer and subject alone: names and e-mail addresses can be given to somebody else."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identity")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()
    # Made with the secret key: in the row of another account, or written by somebody else, it is worth nothing.
    seal = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="identity_once")]

    def __str__(self) -> str:
        return f"{self.subject} ({self.issuer})"


class ProvidedRole(models.Model):
    """This role was given by the identity provider, which may take it again; one without a row was given by hand."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "group"], name="provided_role_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.group}"
