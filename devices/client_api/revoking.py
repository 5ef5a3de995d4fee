"""Takes a device's place from its client: its secret counts no longer and its connection ends, within a second."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from redis.exceptions import RedisError

from devices.models import Device, EnrolmentToken
from devices.presence.push import RELEASE, wake

log = structlog.get_logger(__name__)


@transaction.atomic
def revoke(device: Device) -> bool:
    """False: it had no secret. Everything else stays: its queued requests wait until it is enrolled again."""
    row = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
    EnrolmentToken.objects.filter(again=row, used=0).delete()
    if not row.secret_hash:
        return False
    Device.objects.filter(pk=row.pk).update(
        secret_hash="", stream=None, online=False, online_since=None, revision=F("revision") + 1
    )
    let_go(row)
    return True


def let_go(device: Device) -> None:
    """After this transaction: whoever holds its connection looks whether it may. When Redis does not answer, the
    process finds out by its next comparison."""
    if device.stream:
        transaction.on_commit(partial(_wake, device.stream, device.pk), robust=True)


def _wake(process: UUID, device: int) -> None:
    try:
        wake(RELEASE, {process: [device]})
    except RedisError as error:
        log.warning("Redis took no push; the connection ends a little later", device=device, error=str(error))
