"""Rights count for what is dangerous only as they were given in Koppel, not as somebody wrote them into the database.

Each account and each role has a seal, made with the secret key whenever its rights are changed in the console. Before
an application is signed, or rights are changed, the seals of whoever does it are looked at: an account may have less
than its seal says (a collection was deleted, say), never more. A password is part of it, so that nobody signs as
somebody else with a password of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

from devices.models import CollectionRight, RoleSettings, Seal

SIGNER = Signer(salt="koppel.seal")
Facts = dict[str, Any]  # a list may get shorter and a mark may go, nothing else


def seal_user(user: Any) -> None:
    """As the account stands now; rights that Koppel gives nobody directly are not sealed."""
    facts = {**_of_user(user), "permissions": []}
    Seal.objects.update_or_create(user_id=user.pk, defaults={"sealed": SIGNER.sign_object(facts)})


def seal_role(group: Group) -> None:
    Seal.objects.update_or_create(group=group, defaults={"sealed": SIGNER.sign_object(_of_role(group))})


def is_intact(user: Any) -> bool:
    """Whether the account and all its roles have no more than was given in Koppel."""
    return user_is_intact(user) and all(role_is_intact(group) for group in Group.objects.filter(user=user.pk))


def user_is_intact(user: Any, password: str | None = None) -> bool:
    """The account itself; `password`: as it was kept, when it was hashed anew meanwhile."""
    facts = _of_user(user)
    return _within(facts | ({"password": password} if password else {}), Seal.objects.filter(user=user.pk))


def role_is_intact(group: Group) -> bool:
    return _within(_of_role(group), Seal.objects.filter(group=group))


def require_intact(user: Any) -> None:
    """Raise PermissionDenied (403) when somebody gave this account its rights elsewhere."""
    if not (is_intact(user) and _has_no_more_in_hand(user)):
        raise PermissionDenied(
            _(
                "The rights of your account in the database are not those that it was given in Koppel. Another "
                "administrator can look at your account and your roles, and save them again."
            )
        )


def seal_rights(user: Any) -> None:
    """As the account stands now; but its password, which nobody has looked at, as it was sealed before."""
    before = _sealed(Seal.objects.filter(user=user.pk))
    facts = {**_of_user(user), "permissions": []} | ({"password": before["password"]} if before else {})
    Seal.objects.update_or_create(user_id=user.pk, defaults={"sealed": SIGNER.sign_object(facts)})


def seal_password(user: Any) -> None:
    """The one of this object, beside what was sealed before."""
    facts = _sealed(Seal.objects.filter(user=user.pk)) | {"password": user.password}
    Seal.objects.filter(user=user.pk).update(sealed=SIGNER.sign_object(facts))


@contextmanager
def kept(user: Any) -> Iterator[Facts]:
    """What the caller changes in these facts is sealed too, if the account was intact before; all else stays as it was
    sealed, whatever the database says by then."""
    intact, facts = user_is_intact(user), _sealed(Seal.objects.filter(user=user.pk))
    yield facts
    if intact:
        Seal.objects.update_or_create(user_id=user.pk, defaults={"sealed": SIGNER.sign_object(facts)})


def _of_user(user: Any) -> Facts:
    row = User.objects.get(pk=user.pk)
    return {
        "user": row.pk,
        "username": row.username,
        "password": row.password,
        "active": row.is_active,
        "superuser": row.is_superuser,
        "roles": sorted(row.groups.values_list("pk", flat=True)),
        "permissions": sorted(row.user_permissions.values_list("pk", flat=True)),
    }


def _of_role(group: Group) -> Facts:
    rights = CollectionRight.objects.filter(group=group)
    settings = RoleSettings.objects.filter(group=group).first()
    return {
        "role": group.pk,
        "permissions": sorted(group.permissions.order_by().values_list("codename", flat=True)),
        "collections": sorted(rights.order_by().values_list("collection", flat=True)),
        "provider_group": settings.provider_group if settings else "",
        "one_factor": not (settings and settings.second_factor),
    }


def _within(facts: Facts, seals: Any) -> bool:
    sealed = _sealed(seals)
    return sealed.keys() == facts.keys() and all(_no_more(value, sealed[name]) for name, value in facts.items())


def _no_more(value: Any, sealed: Any) -> bool:
    if isinstance(value, list):
        return set(value) <= set(sealed)
    return value == sealed or (value is False and sealed is True)


def _sealed(seals: Any) -> Facts:
    """Nothing when there is no seal, or another's."""
    text = seals.values_list("sealed", flat=True).first()
    try:
        return SIGNER.unsign_object(text) if text else {}
    except (BadSignature, ValueError):
        return {}


def _has_no_more_in_hand(user: Any) -> bool:
    """What was asked of this very object, perhaps before somebody took it back from the database."""
    sealed = _sealed(Seal.objects.filter(user=user.pk))
    if user.is_superuser:
        return sealed.get("superuser") is True
    roles = [_sealed(Seal.objects.filter(group=pk)) for pk in sealed.get("roles", ())]
    given = {codename for role in roles for codename in role.get("permissions", ())}
    return {each.partition(".")[2] for each in user.get_all_permissions()} <= given
