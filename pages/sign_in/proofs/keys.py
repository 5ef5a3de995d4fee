"""Keys for one purpose each, made of the secret key, which is not in the database; former secret keys still count."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings


def keys_for(purpose: str) -> list[bytes]:
    """The present one first: with it everything new is made. 32 bytes each."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hmac.digest(secret.encode(), f"koppel {purpose}".encode(), hashlib.sha256) for secret in secrets]


def digests(purpose: str, value: str) -> list[str]:
    """What is kept of a value (hex), with the present key and with each former one."""
    return [hmac.digest(key, value.encode(), hashlib.sha256).hex() for key in keys_for(purpose)]
