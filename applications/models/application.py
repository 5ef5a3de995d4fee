"""An application, the deployment types that install it, and groups of applications."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.models.content import Content
from applications.rules.returncodes import ANY, DEFAULTS
from devices.access.permissions import READ_APPLICATION
from devices.names import validate_name


def default_return_codes() -> dict[str, str]:
    return dict(DEFAULTS[ANY])


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: Any) -> ApplicationQuerySet:
        """All applications for who may read applications; none for others."""
        return self if user.is_active and user.has_perm(READ_APPLICATION) else self.none()


class Application(models.Model):
    """Something installable; with `is_group`, an ordered set of applications deployed as one (R13)."""

    name = models.CharField(_("name"), max_length=200, validators=[validate_name])
    version = models.CharField(_("version"), max_length=64, blank=True)
    publisher = models.CharField(_("publisher"), max_length=200, blank=True, validators=[validate_name])
    description = models.TextField(_("description"), blank=True)
    is_group = models.BooleanField(_("application group"), default=False, editable=False)
    members = models.ManyToManyField(
        "self", through="GroupMember", through_fields=("group", "application"), symmetrical=False, related_name="groups"
    )
    superseded_by = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="supersedes",
        verbose_name=_("superseded by"),
        help_text=_("Who installs this application gets that one instead."),
    )
    uninstall_first = models.BooleanField(
        _("uninstall it first"),
        default=False,
        help_text=_(
            "Where this application is installed, it is uninstalled before the one that supersedes it installs."
        ),
    )
    # The newest that is signed, which is what devices get; None: it was never signed, and is not delivered.
    revision = models.OneToOneField(
        "applications.Revision", on_delete=models.SET_NULL, null=True, editable=False, related_name="current_of"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["name", "version"]
        permissions = [
            ("read_application", _("Read applications and their status")),
            ("approve_application", _("Approve: ask for an action on a device")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="application_once"),
            models.CheckConstraint(name="application_not_superseded_by_itself", condition=~Q(superseded_by=F("pk"))),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()

    def get_absolute_url(self) -> str:
        return reverse("applications:group" if self.is_group else "applications:detail", args=[self.pk])


class GroupMember(models.Model):
    """The place of an application in a group; members install in this order."""

    group = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="group_members")
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="group_places", verbose_name=_("application")
    )
    position = models.PositiveSmallIntegerField(_("order"), default=1)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["group", "application"], name="group_member_once"),
            models.CheckConstraint(name="group_not_in_itself", condition=~Q(group=F("application"))),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.application}"


class Dependency(models.Model):
    """What an application needs; it is installed before it, in this order (R25)."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="needs")
    needs = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="needed_places", verbose_name=_("application")
    )
    position = models.PositiveSmallIntegerField(_("order"), default=1)

    class Meta:
        verbose_name = _("dependency")
        verbose_name_plural = _("dependencies")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "needs"], name="dependency_once"),
            models.CheckConstraint(name="dependency_not_on_itself", condition=~Q(application=F("needs"))),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.needs}"


class DeploymentType(models.Model):
    """How to install, uninstall, repair and detect an application on one kind of machine, tried by priority."""

    class Platform(models.TextChoices):
        ANY = "any", _("Any")
        LINUX = "linux", "Linux"
        WINDOWS = "windows", "Windows"
        MACOS = "macos", "macOS"

    class RunAs(models.TextChoices):
        SYSTEM = "system", _("The system")
        PERSON = "person", _("The signed-in user")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="deployment_types")
    name = models.CharField(_("name"), max_length=100, validators=[validate_name])
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=1, help_text=_("The lowest number is tried first.")
    )
    platform = models.CharField(_("platform"), max_length=16, choices=Platform.choices, default=Platform.ANY)
    run_as = models.CharField(_("runs for"), max_length=8, choices=RunAs.choices, default=RunAs.SYSTEM)
    # What clients fetch before they run a command, and the name that it has for it.
    content = models.ForeignKey(
        Content, on_delete=models.PROTECT, null=True, editable=False, related_name="deployment_types"
    )
    file_name = models.CharField(_("file"), max_length=200, blank=True, editable=False)
    install_command = models.TextField(_("install command"))
    uninstall_command = models.TextField(_("uninstall command"), blank=True)
    repair_command = models.TextField(_("repair command"), blank=True)
    detection = models.JSONField(_("detection rule"))
    requirements = models.JSONField(_("requirements"), default=list, blank=True)
    return_codes = models.JSONField(_("return codes"), default=default_return_codes)
    max_run_minutes = models.PositiveSmallIntegerField(
        _("maximum run time in minutes"), default=120, validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )

    class Meta:
        verbose_name = _("deployment type")
        verbose_name_plural = _("deployment types")
        ordering = ["priority", "pk"]
        constraints = [models.UniqueConstraint(fields=["application", "name"], name="deployment_type_once")]

    def __str__(self) -> str:
        return self.name
