"""A request: one action asked for one application on one device; the row that never gets lost."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.models.narrowing import in_sight
from applications.rules.lifecycle import OPEN, State
from devices.models import Device, Person

STATE_LABELS: dict[str, Any] = {
    State.QUEUED: _("Queued"),
    State.SENT: _("Delivered"),
    State.ACKNOWLEDGED: _("Acknowledged"),
    State.RUNNING: _("Running"),
    State.SUCCEEDED: _("Succeeded"),
    State.FAILED: _("Failed"),
    State.CANCELLED: _("Cancelled"),
    State.EXPIRED: _("Expired"),
    State.WITHDRAWN: _("Withdrawn"),
}


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: Any) -> RequestQuerySet:
        """The requests of devices in sight; those for a person only with that person in sight too."""
        seen = in_sight(user)
        return self if seen is None else self.filter(seen)

    def open(self) -> RequestQuerySet:
        return self.filter(state__in=OPEN)


class Request(models.Model):
    """One action asked for one application on one device (for one person where user-targeted).

    Only `applications.requests.transitions` writes its state.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No index of its own: request_history begins with it.
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="requests", db_index=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="requests")
    # What is really installed: the newest in the chain of supersedence, or the application itself (R15).
    target = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="targeted_requests")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="requests")
    action = models.CharField(max_length=10)  # one of `rules.words.Action`
    state = models.CharField(max_length=12, choices=[(s.value, STATE_LABELS[s]) for s in State], default=State.QUEUED)

    # Null: the device asked by itself (a Required deployment at its deadline).
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="requests"
    )
    requester = models.CharField(max_length=150, blank=True)
    comment = models.CharField(_("reason"), max_length=300, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    # While it is sent: it waits in the client's journal since then, behind the application of this name.
    received_at = models.DateTimeField(null=True)
    behind = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True)
    # The client fetches policy first (R10).
    sync_policy = models.BooleanField(default=False)
    deliveries = models.PositiveSmallIntegerField(default=0)
    # Set while it may not be delivered yet: a code of `rules.reasons`, for example waiting_for_sign_in.
    waits_for = models.CharField(max_length=32, blank=True)

    phase = models.CharField(max_length=20, blank=True)
    percent = models.PositiveSmallIntegerField(null=True)
    progress_text = models.CharField(max_length=200, blank=True)  # as the command printed it
    progress_detail = models.JSONField(null=True)  # a code with facts of the client's own

    # How it ended: a code of `rules.reasons` with what fills its sentence; the digest recognises a repeated result.
    reason = models.CharField(max_length=32, blank=True)
    facts = models.JSONField(default=dict)
    result_digest = models.CharField(max_length=64, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["-created_at"]
        constraints = [
            # R17: a second click, or a second administrator, gets the same request.
            models.UniqueConstraint(
                fields=["device", "target"],
                name="request_open_once_for_system",
                condition=Q(state__in=OPEN, person__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["device", "target", "person"],
                name="request_open_once_for_person",
                condition=Q(state__in=OPEN, person__isnull=False),
            ),
        ]
        indexes = [
            # deliver: what waits for a device; sweep: what was sent and when.
            models.Index(fields=["device", "created_at"], name="request_queued", condition=Q(state="queued")),
            models.Index(fields=["sent_at"], name="request_sent", condition=Q(state="sent")),
            models.Index(fields=["expires_at"], name="request_expires", condition=Q(state__in=["queued", "sent"])),
            # Requests page, newest first; the pane's history of one application.
            models.Index(fields=["state", "-created_at"], name="request_state"),
            models.Index(fields=["-created_at"], name="request_newest"),
            # Home: what was done or failed in the last hours, and what failed last.
            models.Index(fields=["state", "-finished_at"], name="request_finished"),
            models.Index(fields=["device", "application", "-created_at"], name="request_history"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.application_id} on {self.device_id}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class RequestEvent(models.Model):
    """One step in the life of a request: who or what, when, from where."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=[(s.value, STATE_LABELS[s]) for s in State])
    # A code of `rules.reasons`, with what fills its sentence.
    code = models.CharField(max_length=32, blank=True)
    facts = models.JSONField(default=dict)
    actor = models.CharField(max_length=150, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.request_id} {self.state} {self.code}"


class RequestStep(models.Model):
    """What ran for one application of a finished request: one row, or one per member of a group and per dependency."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="steps")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    action = models.CharField(max_length=10, blank=True)  # empty: that of the request
    revision = models.PositiveIntegerField(null=True)  # of the application, that ran
    deployment_type = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=32, blank=True)
    ran = models.BooleanField(default=False)
    exit_code = models.BigIntegerField(null=True)
    meaning = models.CharField(max_length=16, blank=True)
    detected_before = models.CharField(max_length=16, blank=True)
    detected = models.CharField(max_length=16, blank=True)
    version = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(null=True)  # a code with facts, see applications.wording.client_details
    output = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["request", "position"], name="request_step_once")]

    def __str__(self) -> str:
        return f"{self.request_id} step {self.position}: {self.reason or 'ok'}"
