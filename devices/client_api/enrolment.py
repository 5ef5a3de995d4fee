"""How a device gets its place in the console: a token that expires, and the hash of a secret only its client knows."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from devices.client_api.revoking import let_go
from devices.collections.refresh_members import refresh_device
from devices.models import Collection, CollectionRule, Device, EnrolmentToken, Site
from devices.presence import identity

ENROLMENT_TOKEN_LIFETIME = timedelta(hours=24)
MAX_LIFETIME = timedelta(days=366)
MAX_DEVICES = 10_000  # with one token
TRIES = 20


class EnrolmentRefused(Exception):
    """The token does not allow it; `code` is that of docs/protocol.md."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def digest(text: str) -> str:
    """SHA-256 in hex. Tokens and secrets have 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(text.encode()).hexdigest()


def new_token(
    site: Site,
    user: Any | None,
    now: datetime,
    *,
    again: Device | None = None,
    collection: Collection | None = None,
    limit: int = 1,
    expires_at: datetime | None = None,
) -> str:
    """A token with which `limit` devices may enrol on the site, and become members of the collection, within a day if
    nothing else is said; only its hash is kept. `again`: the device whose place it gives back."""
    token = secrets.token_hex(32)  # letters and digits: a word on a command line never begins with a dash
    EnrolmentToken.objects.create(
        token_hash=digest(token),
        site=site,
        again=again,
        collection=collection,
        limit=limit,
        created_by=user,
        created_at=now,
        expires_at=expires_at or now + ENROLMENT_TOKEN_LIFETIME,
    )
    return token


def facts_of(collection: Collection | None, limit: int, expires_at: datetime) -> dict[str, Any]:
    """What the audit log keeps of a token."""
    facts = {"devices": limit, "expires_at": expires_at.isoformat(timespec="seconds")}
    return facts | {"collection": collection.audit_name} if collection else facts


def enrol(token: str, secret_hash: str, name: str, now: datetime) -> Device:
    """The device that enrols with this token; again the same when the same client repeats itself.

    A device of that name on the same site that has no client yet gets this one; a name that is taken by another client
    gets a number behind it.
    """
    with transaction.atomic():
        tokens = EnrolmentToken.objects.select_for_update(of=("self",)).select_related("collection")
        found = tokens.filter(token_hash=digest(token)).first()
        if found is None:
            raise EnrolmentRefused("token_unknown")
        if repeated := found.enrolled.with_secret(secret_hash).first():
            repeated.enrolled_with = found
            return repeated
        if found.used >= found.limit:
            raise EnrolmentRefused("token_used")
        if found.expires_at <= now:
            raise EnrolmentRefused("token_expired")
        device = (
            _enrolled_again(found.again, secret_hash, now)
            if found.again
            else _enrolled(name, found.site, secret_hash, now)
        )
        found.used += 1
        found.save(update_fields=["used"])
        Device.objects.filter(pk=device.pk).update(enrolled_with=found)
        EnrolmentToken.objects.filter(again=device, used=0).delete()
        if found.collection_id:
            CollectionRule.objects.get_or_create(
                collection_id=found.collection_id, kind=CollectionRule.Kind.DIRECT, device=device
            )
        refresh_device(device)
        device.enrolled_with = found
    return device


def _enrolled(name: str, site: Site, secret_hash: str, now: datetime) -> Device:
    for _ in range(TRIES):
        device = _place(name, site)
        device.secret_hash, device.enrolled_at = secret_hash, now
        try:
            with transaction.atomic():
                device.save()
        except IntegrityError:  # somebody took the name at the same moment, unless it is the secret
            if Device.objects.with_secret(secret_hash).exists():
                break
        else:
            return device
    raise EnrolmentRefused("secret_used")  # a copied state folder


def _enrolled_again(device: Device, secret_hash: str, now: datetime) -> Device:
    """Its name, site, requests, memberships and primary user stay; the secret that it had counts no longer."""
    row = Device.objects.select_for_update().get(pk=device.pk)
    if Device.objects.with_secret(secret_hash).exists():
        raise EnrolmentRefused("secret_used")
    let_go(row)
    row.secret_hash, row.enrolled_at, row.stream = secret_hash, now, None
    row.save(update_fields=["secret_hash", "enrolled_at", "stream"])
    identity.forget(row)
    return row


def open_tokens(now: datetime) -> QuerySet[EnrolmentToken]:
    """Those that still open the door, the newest first."""
    tokens = EnrolmentToken.objects.open(now).select_related("site", "collection", "again", "created_by")
    return tokens.order_by("-created_at", "-pk")


def _place(name: str, site: Site) -> Device:
    """Locked, so that two who come at the same moment do not both get the place of the one that waits. One that was
    revoked waits for nobody: its place is given back by a token of its own."""
    places = Device.objects.select_for_update().filter(name__iexact=name, site=site, secret_hash="", enrolled_at=None)
    waiting = places.order_by("pk").first()
    if waiting:
        return waiting
    return Device(name=Device.objects.free_name(name), site=site)
