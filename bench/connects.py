"""Many clients that connect at the same moment, and what they cost the process."""

import time
from typing import Any

from bench import fleet
from bench.crowd import Crowd
from bench.process import cpu, status
from bench.table import Table, ms
from devices.models import Device


def measure(system: Any, sizes: list[int]) -> Table:
    table = Table(
        "Connecting all at once",
        ["clients", "all connected", "per second", "all in the database", "CPU each", "kB each", "threads"],
        note="In the process that serves pages too. The clients are simulated in one process on the same machine.",
    )
    for size in sizes:
        fleet.fill(size)
        pid = system.pids["web"]
        before, used = status(pid, "VmRSS"), cpu(pid)
        crowd = Crowd(system.url, 0, size, "listen")
        try:
            began = crowd.wait("began")[0]["began"]
            connected = crowd.wait("connected")[0]["at"] - began
            while Device.objects.filter(stream__isnull=False).count() != size:
                time.sleep(0.02)
            written = time.monotonic() - began
            used = cpu(pid) - used
            each = (status(pid, "VmRSS") - before) / size
            lost = len(crowd.all("lost"))
            table.add(
                size,
                f"{connected:.2f} s" + (f" ({lost} tried again)" if lost else ""),
                f"{size / connected:.0f}",
                f"{written:.2f} s",
                ms(used / size),
                f"{each:.0f}",
                status(pid, "Threads"),
            )
        finally:
            crowd.end()
        while Device.objects.filter(stream__isnull=False).exists():
            time.sleep(0.05)
    return table
