"""A collection: a set of devices or a set of persons, the rules that make it, and who may read it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from devices.names import validate_name
from devices.ready_made_names import collection_name
from ui.middleware.per_request import once_per_request

READ_COLLECTION = "devices.read_collection"  # declared below, with the model


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: Any) -> CollectionQuerySet:
        """The collections that the user may read, limited ones included; all of them for a superuser."""
        collections = collections_of(user, READ_COLLECTION)
        return self if collections is None else self.filter(pk__in=collections)

    def mark_as_targets(self) -> int:
        """Something is aimed at these collections; how many were none before."""
        return self.filter(is_target=False).update(is_target=True)


class Collection(models.Model):
    """A set of devices or of persons, never both. Its members are those of its rules that are also members of the
    collection that limits it."""

    class Kind(models.TextChoices):
        DEVICES = "devices", _("Devices")
        PERSONS = "persons", _("Users")

    name = models.CharField(_("name"), max_length=150, unique=True, validators=[validate_name])
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    limiting = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="limited",
        verbose_name=_("limited to"),
        help_text=_("Only members of that collection can be members of this one."),
    )
    built_in = models.BooleanField(_("built in"), default=False, editable=False)
    refreshed_at = models.DateTimeField(_("membership refreshed"), null=True, blank=True, editable=False)
    # As the last refresh counted them: for lists, where counting a million members would be felt.
    member_count = models.PositiveIntegerField(_("members"), default=0, editable=False)

    # Set for good once something is aimed at it: from then on clients hear of it when members change.
    is_target = models.BooleanField(default=False, editable=False)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("collection")
        verbose_name_plural = _("collections")
        ordering = ["name"]
        permissions = [("read_collection", _("Read the devices and users of a collection"))]

    def __str__(self) -> str:
        """As it is shown."""
        return collection_name(self.name)

    @property
    def audit_name(self) -> str:
        return self.name


class CollectionRule(models.Model):
    """One rule of a collection: a direct member, a query, or another collection included or excluded."""

    class Kind(models.TextChoices):
        DIRECT = "direct", _("Direct member")
        QUERY = "query", _("Query")
        INCLUDE = "include", _("Include a collection")
        EXCLUDE = "exclude", _("Exclude a collection")

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="rules")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    device = models.ForeignKey(
        "devices.Device", on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("device")
    )
    person = models.ForeignKey(
        "devices.Person", on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("user")
    )
    other = models.ForeignKey(
        Collection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="used_by",
        verbose_name=_("collection"),
    )
    # Conditions that must all hold: [{"attribute": "os", "operator": "begins", "value": "Debian"}].
    query = models.JSONField(_("query"), default=list, blank=True)

    class Meta:
        verbose_name = _("membership rule")
        verbose_name_plural = _("membership rules")
        constraints = [
            models.CheckConstraint(
                name="collection_rule_fits_kind",
                condition=(
                    Q(kind="direct", other__isnull=True) & (Q(device__isnull=False) ^ Q(person__isnull=False))
                    | Q(kind="query", device__isnull=True, person__isnull=True, other__isnull=True)
                    | Q(kind__in=["include", "exclude"], other__isnull=False, device__isnull=True, person__isnull=True)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.device or self.person or self.other or self.query}"


class DeviceMember(models.Model):
    """A device in a collection, with the rule that made it a member."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="device_members")
    device = models.ForeignKey("devices.Device", on_delete=models.CASCADE, related_name="memberships")
    rule = models.ForeignKey(CollectionRule, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "device"], name="device_member_once")]

    def __str__(self) -> str:
        return f"{self.device_id} in {self.collection_id}"


class PersonMember(models.Model):
    """A person in a collection, with the rule that made them a member."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="person_members")
    person = models.ForeignKey("devices.Person", on_delete=models.CASCADE, related_name="memberships")
    rule = models.ForeignKey(CollectionRule, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "person"], name="person_member_once")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.collection_id}"


class CollectionRight(models.Model):
    """A collection on which the permissions of a Django group hold, with every collection that is limited to it."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="collection_rights")
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="rights")

    class Meta:
        verbose_name = _("right on a collection")
        verbose_name_plural = _("rights on collections")
        constraints = [models.UniqueConstraint(fields=["group", "collection"], name="collection_right_once")]

    def __str__(self) -> str:
        return f"{self.group} on {self.collection}"


def limited_to(collections: set[int]) -> set[int]:
    """The given collections (ids) and all that are limited to one of them, however deep."""
    found = set(collections)
    edge = found
    while edge:
        edge = set(Collection.objects.filter(limiting__in=edge).values_list("pk", flat=True)) - found
        found |= edge
    return found


def rights_of(user: Any, permission: str) -> set[int]:
    """The collections (ids) on which one of the user's groups gives the permission `app.codename`."""
    app, codename = permission.split(".")
    granted = CollectionRight.objects.filter(
        group__user=user,
        group__permissions__codename=codename,
        group__permissions__content_type__app_label=app,
    )
    return limited_to(set(granted.values_list("collection", flat=True)))


def collections_of(user: Any, permission: str) -> set[int] | None:
    """The collections (ids) on which the user has the permission; None means everywhere (a superuser).

    A page asks the database once.
    """
    if not user.is_active or user.is_anonymous:
        return set()
    if user.is_superuser:
        return None
    return once_per_request((collections_of, user.pk, permission), lambda: rights_of(user, permission))


def scope(user: Any, *permissions: str) -> str:
    """Short and the same for users who see the same: a key under which numbers can be kept for all of them."""
    sets = (collections_of(user, permission) for permission in permissions)
    names = ("all" if each is None else ",".join(map(str, sorted(each))) for each in sets)
    return sha256(":".join(names).encode()).hexdigest()


def has_role(user: Any) -> bool:
    """Whether a role is assigned: a group that reads at least one collection (R18)."""
    return collections_of(user, READ_COLLECTION) != set()
