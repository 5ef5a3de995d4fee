"""Codes that are typed: of an authenticator app (RFC 6238), each good once; recovery codes, each good once."""

from __future__ import annotations

import base64
import os
import secrets
import unicodedata
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from pages.models import RecoveryCode
from pages.sign_in.proofs.factors import Kind, factors_of, secret_of
from pages.sign_in.proofs.keys import digests

DIGITS, STEP = 6, 30  # as every authenticator app takes them without being told
SLACK = 1  # steps by which a clock may be wrong
SECRET_BYTES = 20
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # no two of them look alike


def new_secret() -> bytes:
    return os.urandom(SECRET_BYTES)


def address(secret: bytes, name: str, host: str) -> str:
    """What the QR code says."""
    return _totp(secret).get_provisioning_uri(name, f"Koppel {host}")


def in_groups(secret: bytes) -> str:
    """To type where no camera is at hand."""
    letters = base64.b32encode(secret).decode()
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def step_of(secret: bytes, typed: str, now: datetime, after: int = 0) -> int | None:
    """The time step whose code was typed, if it is later than `after`."""
    this = int(now.timestamp()) // STEP
    fitting = [
        step
        for step in range(this - SLACK, this + SLACK + 1)
        if constant_time_compare(_totp(secret).generate(step * STEP).decode(), cleaned(typed))
    ]
    return next((step for step in fitting if step > after), None)


def check(user: Any, typed: str, now: datetime) -> str:
    """With what this code proves that it is the user: `totp`, `recovery_code`, or nothing."""
    code = cleaned(typed)
    if len(code) == DIGITS and code.isdecimal():
        return "totp" if _check_app(user, code, now) else ""
    return "recovery_code" if _use_recovery_code(user, code) else ""


def new_recovery_codes(user: Any) -> list[str]:
    """Those of before are worth nothing from then on."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(12)) for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_kept(user, code)[0]) for code in codes)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def cleaned(typed: str) -> str:
    """Without the spaces and dashes in which codes are shown, full width or not, small letters."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", typed).lower()))


def _check_app(user: Any, code: str, now: datetime) -> bool:
    """Two who type the same code at once: one of them is in."""
    factor = factors_of(user, Kind.TOTP).first()
    secret = secret_of(factor) if factor else None
    if factor is None or secret is None:
        return False
    step = step_of(secret, code, now, factor.counter)
    unused = Q(pk=factor.pk, counter__lt=step)
    return step is not None and factors_of(user).filter(unused).update(counter=step, used_at=now) == 1


def _use_recovery_code(user: Any, code: str) -> bool:
    return RecoveryCode.objects.filter(user=user, digest__in=_kept(user, code)).delete()[0] == 1


def _kept(user: Any, code: str) -> list[str]:
    return digests("recovery code", f"{user.pk}:{code}")


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP)  # noqa: S303 – the RFC's own
