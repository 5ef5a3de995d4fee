"""One request for each of many connected clients, all queued before: as after a click for a whole collection."""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from applications.models import Request
from applications.requests.tasks import deliver
from bench import fleet
from bench.crowd import crowd
from bench.process import cpu
from bench.table import Table, ms, percentile
from devices.enqueue import AT_ONCE, enqueue
from devices.models import Device
from devices.presence.connections import batches

CLICKS = 10  # while the crowd gets its requests
PAUSE = 0.2  # seconds between two of them


def measure(system: Any, size: int) -> Table:
    table = Table(
        "Delivering to many",
        [
            *("requests", "median", "p95", "last", "per second", "worker's CPU each", "stream's CPU each"),
            *("clicks meanwhile, median", "last"),
        ],
        note="From the first task handed to Celery until the client has it; 500 devices a task.\n"
        "A click meanwhile: from its own task until its client has it.",
    )
    devices, application = fleet.devices()[:size], fleet.clickable()[0]
    crowded, clicked = devices[:-CLICKS], devices[-CLICKS:]
    admin, now = User.objects.get(username="admin"), timezone.now()
    with crowd(system.url, size) as clients:
        while Device.objects.filter(stream__isnull=False).count() != size:
            time.sleep(0.05)
        Request.objects.bulk_create(
            Request(
                device_id=device,
                application_id=application,
                target_id=application,
                action="install",
                requested_by=admin,
                requester="admin",
                created_at=now,
                expires_at=now + timedelta(days=1),
            )
            for device in devices
        )
        pids = system.pids["worker"], system.pids["web"]
        used = [cpu(pid) for pid in pids]
        began = time.monotonic()
        for batch in batches(crowded):
            enqueue(deliver, batch)
        clicks = {}
        for device in clicked:
            time.sleep(PAUSE)
            clicks[device] = time.monotonic()
            enqueue(deliver, [device], priority=AT_ONCE)
        of = dict(Request.objects.values_list("pk", "device"))
        told = [(of[UUID(each["request"])], each["at"]) for each in clients.wait("got", size)]
        got = [at - began for device, at in told if device not in clicks]
        meanwhile = [at - clicks[device] for device, at in told if device in clicks]
        used = [(cpu(pid) - before) / size for pid, before in zip(pids, used, strict=True)]
    figures = [f"{percentile(got, part):.2f} s" for part in (50, 95, 100)]
    waited = [ms(percentile(meanwhile, part)) for part in (50, 100)]
    table.add(size, *figures, f"{size / max(got):.0f}", *map(ms, used), *waited)
    Request.objects.all().delete()
    return table
