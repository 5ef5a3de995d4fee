"""Attempts to prove who somebody is, counted before what they typed is looked at."""

from django.db import models


class Attempt(models.Model):
    """One attempt; rows older than ten minutes mean nothing and are removed.

    `name` is normalised, so that every way to type a name is one name. `network` is an IPv4 address, or the /64 of an
    IPv6 address, which one customer has for themselves. `refused`: it had to wait, and a line in the audit log says so.
    """

    at = models.DateTimeField()
    name = models.CharField(max_length=150)
    network = models.CharField(max_length=43)
    refused = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["network", "at"], name="attempt_network"),
            models.Index(fields=["name", "at"], name="attempt_name"),
            models.Index(fields=["at"], name="attempt_at"),  # removing the old
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.name} {self.network}"
