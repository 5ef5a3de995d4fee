"""How often a wrong password may be tried; the failures are counted in the audit log, so all processes know of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from audit.models import AuditEntry

WINDOW = timedelta(minutes=10)
MAX_OF_ONE_NAME = 10  # failures from one address
MAX_OF_ONE_ADDRESS = 50  # whatever the names; an office may share an address


def too_many(name: str, address: str | None, now: datetime) -> bool:
    """Whether the next attempt has to wait. Nobody can lock somebody else out from another address."""
    failed = AuditEntry.objects.filter(
        verb=AuditEntry.Verb.SIGN_IN_FAILED, address=address, at__gt=now - WINDOW
    ).order_by()
    if failed.filter(actor=name)[MAX_OF_ONE_NAME - 1 : MAX_OF_ONE_NAME].exists():
        return True
    return failed[MAX_OF_ONE_ADDRESS - 1 : MAX_OF_ONE_ADDRESS].exists()
