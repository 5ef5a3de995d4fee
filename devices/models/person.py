"""A person: somebody who uses devices; never a user of the console."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from devices.models.collection import READ_COLLECTION, PersonMember, collections_of
from devices.names import validate_name


class PersonQuerySet(models.QuerySet["Person"]):
    def visible_to(self, user: Any) -> PersonQuerySet:
        """The persons in a collection that the user may read; all of them for a superuser."""
        collections = collections_of(user, READ_COLLECTION)
        if collections is None:
            return self
        return self.filter(Exists(PersonMember.objects.filter(person=OuterRef("pk"), collection__in=collections)))


class Person(models.Model):
    """Somebody who uses devices and to whom applications can be deployed."""

    username = models.CharField(_("user name"), max_length=150, unique=True, validators=[validate_name])
    name = models.CharField(_("name"), max_length=150, blank=True, validators=[validate_name])
    email = models.EmailField(_("email"), blank=True)
    department = models.CharField(_("department"), max_length=100, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.username
