"""The session engine: rows in the database, found by a hash of the key that only the browser has."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from pages.models import Session
from pages.sign_in.proofs.keys import digests

CONFIRMED = "confirmed_at"  # when its user last proved who they are (seconds since 1970): signing in is a proof
NOBODYS_LIFETIME = timedelta(minutes=15)  # of a session in which nobody has signed in yet
BETWEEN_LOOKS = timedelta(minutes=1)  # how exactly it is known when a session was last used


class SessionStore(SessionBase):
    """It ends a fixed time after it began, however busy it was, and sooner when its user is idle."""

    address: str | None = None  # of the browser for which this object was made
    browser = ""
    _row: Session | None = None

    @property
    def key_salt(self) -> str:
        """Data is signed for the key of its session: in the row of another it is worth nothing."""
        return f"pages.sign_in.sessions.{sha256((self.session_key or '').encode()).hexdigest()}"

    def exists(self, session_key: str) -> bool:
        return rows_of(session_key).exists()

    def load(self) -> dict[str, Any]:
        self._row = rows_of(self.session_key).filter(going_on(timezone.now())).first()
        if self._row is None:
            self._session_key = None
            return {}
        return self.decode(self._row.data)

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        data, now = self._get_session(no_load=must_create), timezone.now()  # type: ignore[attr-defined]
        user = data.get(SESSION_KEY)
        if user:
            data.setdefault(CONFIRMED, time.time())
        if must_create:
            self._row = self._created(data, user, now)
        elif not rows_of(self.session_key).update(**self._values(data, user, self._row.began_at if self._row else now)):
            raise UpdateError
        return None

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            rows_of(key).delete()

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.exclude(going_on(timezone.now())).delete()

    def is_mine(self, row: Session) -> bool:
        return self.session_key is not None and row.key in digests("session", self.session_key)

    def used(self) -> None:
        """Somebody is at it; a row is written once a minute at most."""
        now = timezone.now()
        if self._row and self._row.seen_at <= now - BETWEEN_LOOKS:
            Session.objects.filter(pk=self._row.pk).update(seen_at=now)

    def _created(self, data: dict[str, Any], user: str | None, now: datetime) -> Session:
        values = self._values(data, user, now) | {"address": self.address, "browser": self.browser}
        try:
            with transaction.atomic():
                key = digests("session", str(self.session_key))[0]
                return Session.objects.create(key=key, began_at=now, seen_at=now, **values)
        except IntegrityError as error:
            raise CreateError from error

    def _values(self, data: Mapping[str, Any], user: str | None, began_at: datetime) -> dict[str, Any]:
        lifetime = timedelta(seconds=settings.SESSION_COOKIE_AGE) if user else NOBODYS_LIFETIME
        return {"data": self.encode(dict(data)), "user_id": user, "expires_at": began_at + lifetime}


def rows_of(session_key: str | None) -> QuerySet[Session]:
    """The row of the session with this key, at most one."""
    return Session.objects.filter(key__in=digests("session", session_key or ""))


def end_sessions(user: Any, *, but: SessionStore | None = None) -> int:
    """Those of an account, all or all but one; how many that were."""
    rows = Session.objects.filter(user=user.pk)
    return (rows.exclude(pk__in=rows_of(but.session_key).values("pk")) if but else rows).delete()[0]


def going_on(now: datetime) -> Q:
    """Sessions that have neither expired nor been idle for too long."""
    idle = timedelta(minutes=settings.KOPPEL_SESSION_IDLE_MINUTES)
    return Q(expires_at__gt=now, seen_at__gt=now - idle)
