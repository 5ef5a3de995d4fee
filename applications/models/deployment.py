"""A deployment: an application aimed at a collection, with a purpose."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from devices.access.permissions import READ_COLLECTION
from devices.models import Collection
from devices.models.collection import collections_of


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    def visible_to(self, user: Any) -> DeploymentQuerySet:
        """Those aimed at a collection that the user may read."""
        collections = collections_of(user, READ_COLLECTION)
        return self if collections is None else self.filter(collection__in=collections)


class Deployment(models.Model):
    """An application (or group) aimed at a collection. A million devices are one row."""

    class Purpose(models.TextChoices):
        AVAILABLE = "available", _("Available")
        REQUIRED = "required", _("Required")

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="deployments", verbose_name=_("application")
    )
    collection = models.ForeignKey(
        Collection, on_delete=models.PROTECT, related_name="deployments", verbose_name=_("collection")
    )
    purpose = models.CharField(_("purpose"), max_length=9, choices=Purpose.choices, default=Purpose.AVAILABLE)
    requires_approval = models.BooleanField(
        _("requires approval"),
        default=False,
        help_text=_("An administrator must approve a request for this application on the device."),
    )
    available_from = models.DateTimeField(_("available from"), null=True, blank=True)
    deadline = models.DateTimeField(_("deadline"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = DeploymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("deployment")
        verbose_name_plural = _("deployments")
        ordering = ["application", "collection"]
        constraints = [
            models.UniqueConstraint(fields=["application", "collection"], name="deployment_once"),
            models.CheckConstraint(
                name="deployment_approval_is_available", condition=Q(requires_approval=False) | Q(purpose="available")
            ),
            models.CheckConstraint(
                name="deployment_deadline_is_required", condition=Q(deadline__isnull=True) | Q(purpose="required")
            ),
            models.CheckConstraint(
                name="deployment_deadline_after_available",
                condition=Q(deadline__isnull=True)
                | Q(available_from__isnull=True)
                | Q(deadline__gte=F("available_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} → {self.collection}"

    def get_absolute_url(self) -> str:
        return reverse("applications:deployment", args=[self.pk])

    @property
    def audit_name(self) -> str:
        return f"{self.application} → {self.collection.audit_name}"
