"""Files that clients fetch: what is kept, by its bytes, and what somebody is sending."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Content(models.Model):
    """A file, known by the SHA-256 of its bytes: two who upload the same one share it."""

    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    size = models.BigIntegerField(_("size"))
    name = models.CharField(_("name"), max_length=200)  # as it was first uploaded
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    # Since when nothing names it any more; it is removed some time later.
    unused_since = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return self.sha256

    @property
    def stored_as(self) -> str:
        """Its name in the storage."""
        return f"{self.sha256[:2]}/{self.sha256}"


class Upload(models.Model):
    """A file that somebody is sending, or has sent and not saved in a deployment type yet. How much of it has come is
    the size of the file in `applications/content/uploads.py`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    modified = models.BigIntegerField(default=0)  # as the browser tells it, to know the same file again
    expected = models.CharField(max_length=64, blank=True)  # the SHA-256 that somebody else names
    content = models.ForeignKey(Content, on_delete=models.CASCADE, null=True, related_name="uploads")
    # Says, with the secret key, which bytes came: nobody puts others in their place before they are signed.
    seal = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
