"""A site: a group of devices under one management version."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.names import validate_name

VERSION = RegexValidator(r"^\d\d(0[1-9]|1[0-2])$", _("A version is a year and a month as YYMM, for example 2111."))


class Site(models.Model):
    """A group of devices under one management version (`YYMM`), which decides what is listed and possible (R12)."""

    name = models.CharField(_("name"), max_length=64, unique=True, validators=[validate_name])
    version = models.CharField(_("version"), max_length=4, validators=[VERSION])
    queue_every_action = models.BooleanField(
        _("queue every action"),
        default=False,
        help_text=_("Also actions that ask for an online device wait for an offline one, as long as a request lives."),
    )
    primary_from_use = models.BooleanField(
        _("primary users from use"),
        default=True,
        help_text=_(
            "Who is signed in on a device on most days of a month, and on five at least, becomes its primary user, "
            "unless an administrator or an import decides otherwise."
        ),
    )

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
