"""The second factors of an account: kept sealed with a key that is not in the database, each for its user alone."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.db.models import QuerySet
from django.utils import timezone

from audit.changes import State
from pages.models import RecoveryCode, SecondFactor
from pages.sign_in.proofs.keys import keys_for

Kind = SecondFactor.Kind


def factors_of(user: Any, kind: SecondFactor.Kind | None = None) -> QuerySet[SecondFactor]:
    found = SecondFactor.objects.filter(user=user)
    return found.filter(kind=kind) if kind else found


def has_second_factor(user: Any) -> bool:
    return factors_of(user).exists()


def add(user: Any, kind: SecondFactor.Kind, secret: bytes, **more: Any) -> SecondFactor:
    sealed = _box().encrypt(_owner(user.pk) + secret).decode()
    return SecondFactor.objects.create(user=user, kind=kind, sealed=sealed, created_at=timezone.now(), **more)


def secret_of(factor: SecondFactor) -> bytes | None:
    """None: it was not sealed here, or not for this user."""
    try:
        opened = _box().decrypt(factor.sealed.encode())
    except InvalidToken:
        return None
    owner = _owner(factor.user_id)
    return opened.removeprefix(owner) if opened.startswith(owner) else None


def remove_all(user: Any) -> None:
    SecondFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def state_of(user: Any) -> State:
    """For the audit log: `totp`, and passkeys by their names."""
    return {"second_factors": sorted(each.name or each.kind for each in factors_of(user))}


def _box() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys_for("second factor")])


def _owner(user: int) -> bytes:
    return f"{user}:".encode()
