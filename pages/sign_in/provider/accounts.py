"""Which account belongs to whom the identity provider names, and the roles that its groups give and take."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.changes import names
from audit.log import record, record_change
from audit.models import AuditEntry
from devices.access import seals
from devices.models import RoleSettings
from pages.models import Identity, ProvidedRole
from pages.sign_in.proofs.keys import digests
from pages.sign_in.proofs.telling import subject_of
from pages.sign_in.provider.client import Told

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind
BY_PROVIDER = {"reason": "by_provider"}


class Refused(Exception):
    """Its text is the reason, as the audit log keeps it."""


def identity_of(user: Any) -> Identity | None:
    return _genuine(Identity.objects.filter(user=user.pk, issuer=settings.KOPPEL_OIDC_ISSUER).first())


def is_identity_of(user: Any, told: Told) -> bool:
    known = identity_of(user)
    return known is not None and known.subject == told.subject


@transaction.atomic
def account_of(told: Told) -> User:
    """The account that is linked to this identity, with the roles of its groups; a new one for whom a group gives a
    role. An account that is there already is never taken over, whatever name or e-mail address the provider tells."""
    there = Identity.objects.filter(issuer=settings.KOPPEL_OIDC_ISSUER, subject=told.subject).first()
    known = _genuine(there)
    if there and known is None:
        raise Refused("provider_failed")
    roles = roles_of(told)
    if known is None and not roles:
        raise Refused("provider_stranger")
    try:
        with transaction.atomic():
            user = known.user if known else _new_account(told)
    except IntegrityError as error:  # somebody else with this name, or the same one, at the same moment
        raise Refused("provider_failed") from error
    if not user.is_active:
        raise Refused("account_closed")
    give_and_take(user, roles)
    return user


@transaction.atomic
def link(user: Any, told: Told) -> None:
    """Makes this identity one of a user who is signed in."""
    try:
        with transaction.atomic():
            identity = _linked(user, told)
    except IntegrityError as error:
        raise Refused("provider_linked") from error
    record(
        Verb.CHANGED, subject_of(user), user=user, facts={"changes": {"identity": {"old": None, "new": str(identity)}}}
    )
    give_and_take(user, roles_of(told))


@transaction.atomic
def unlink(user: Any) -> None:
    """What the provider gave goes with it."""
    identity = identity_of(user)
    if identity:
        give_and_take(user, set())
        identity.delete()
        changes = {"identity": {"old": str(identity), "new": None}}
        record(Verb.CHANGED, subject_of(user), user=user, facts={"changes": changes})


def roles_of(told: Told) -> set[Group]:
    of = RoleSettings.objects.filter(provider_group__in=told.groups - {""}).select_related("group")
    return {each.group for each in of if seals.role_is_intact(each.group)}


def give_and_take(user: Any, roles: set[Group]) -> None:
    """What was given by hand stays, whether or not the provider says so too."""
    User.objects.select_for_update().get(pk=user.pk)  # two sign-ins at once: one after the other
    held = set(user.groups.all())
    given = {each.group for each in ProvidedRole.objects.filter(user=user).select_related("group")} & held
    new, gone = roles - held, given - roles
    with seals.kept(user) as facts:
        user.groups.add(*new)
        user.groups.remove(*gone)
        pks = {each.pk for each in new}, {each.pk for each in gone}
        facts["roles"] = sorted((set(facts.get("roles", ())) | pks[0]) - pks[1])
    ProvidedRole.objects.filter(user=user).exclude(group__in=given & roles).delete()
    ProvidedRole.objects.bulk_create(ProvidedRole(user=user, group=group) for group in new)
    if new or gone:
        before, after = {"roles": names(held)}, {"roles": names((held | new) - gone)}
        record_change(subject_of(user), before, after, facts=BY_PROVIDER)


def _new_account(told: Told) -> User:
    name = User.normalize_username(told.name)
    user = User(username=name, first_name=told.first_name, last_name=told.last_name, email=told.email)
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password", "email"])
    except ValidationError as error:
        raise Refused("provider_name_taken" if User.objects.filter(username=name) else "provider_failed") from error
    if User.objects.filter(username__iexact=name).exists():
        raise Refused("provider_name_taken")
    user.save()
    seals.seal_user(user)
    _linked(user, told)
    record(Verb.CREATED, subject_of(user), facts=BY_PROVIDER)
    return user


def _linked(user: Any, told: Told) -> Identity:
    """Instead of one at a provider that was there before."""
    facts = {"issuer": settings.KOPPEL_OIDC_ISSUER, "subject": told.subject, "linked_at": timezone.now()}
    facts["seal"] = _seals(user.pk, told.subject)[0]
    return Identity.objects.update_or_create(user=user, defaults=facts)[0]


def _genuine(identity: Identity | None) -> Identity | None:
    """The same, if it was linked here and to this account."""
    genuine = identity and identity.seal in _seals(identity.user_id, identity.subject)
    return identity if genuine else None


def _seals(user: int, subject: str) -> list[str]:
    return digests("identity", f"{user} {settings.KOPPEL_OIDC_ISSUER} {subject}")
