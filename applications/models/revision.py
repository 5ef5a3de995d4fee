"""What is signed: revisions of what an application is and how it is installed, and orders to devices."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from applications.models.content import Content
from applications.models.request import Request


class Revision(models.Model):
    """What an administrator saved of an application, as devices get it: numbered, signed, never changed.

    The columns of the application and its deployment types are what is edited, and whoever can write to the database
    can write there; what a device runs is this.
    """

    application = models.ForeignKey("applications.Application", on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    envelope: Any = models.JSONField()  # the exact text, its key and its signature
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    author = models.CharField(max_length=150)
    # The files that it names, to find out which devices may fetch them and which nobody needs any more.
    contents = models.ManyToManyField(Content, related_name="revisions")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["application", "number"], name="revision_once")]

    def __str__(self) -> str:
        return f"{self.application_id} revision {self.number}"


class Order(models.Model):
    """A request as it was signed when it was delivered the last time; `revisions` are those that it names (ids)."""

    request = models.OneToOneField(Request, on_delete=models.CASCADE, primary_key=True, related_name="order")
    # The parts of its envelope, each by itself: as JSON within JSON the text is dear to write many of at once.
    signed = models.TextField()
    key = models.CharField(max_length=16)
    signature = models.CharField(max_length=88)
    revisions: Any = models.JSONField()

    def __str__(self) -> str:
        return f"order {self.request_id}"
