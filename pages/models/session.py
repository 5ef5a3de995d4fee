"""A session as the database keeps it: by a hash of its key, so that a copy of the database opens none."""

from django.conf import settings
from django.db import models


class Session(models.Model):
    """`key` is no key: it is made of the one that the browser has, and nothing leads back. `data` is signed, for this
    session alone. `user` is empty until somebody has signed in."""

    key = models.CharField(max_length=64, unique=True)
    data = models.TextField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)  # removing what has ended
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"{self.user} {self.began_at:%Y-%m-%d %H:%M} {self.address} {self.browser}"
