"""What rights an account or a role was given in Koppel, sealed with a key that is not in the database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q


class Seal(models.Model):
    """Of one account or one role; `sealed` is signed with the secret key. Written by `devices.access.seals` alone."""

    user: Any = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="seal")
    group = models.OneToOneField(Group, on_delete=models.CASCADE, null=True, related_name="seal")
    sealed = models.TextField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="seal_of_one", condition=Q(user__isnull=False, group=None) | Q(user=None, group__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"seal of {'account' if self.user_id else 'role'} {self.user_id or self.group_id}"
