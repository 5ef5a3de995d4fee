"""What a role has beyond its permissions and collections: who gets it by signing in, and how they must sign in."""

from django.contrib.auth.models import Group
from django.db import models


class RoleSettings(models.Model):
    """A role without a row has neither."""

    group = models.OneToOneField(Group, on_delete=models.CASCADE, primary_key=True, related_name="role_settings")
    provider_group = models.CharField(max_length=200, blank=True)  # who is in it there gets the role by signing in
    second_factor = models.BooleanField(default=False)  # who has the role must have one

    class Meta:
        default_permissions = ()  # whoever may change the role

    def __str__(self) -> str:
        return str(self.group)
