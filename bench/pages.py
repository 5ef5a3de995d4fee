"""How long the server takes for the daily pages, and how many queries."""

import time
from statistics import median
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import fleet
from bench.browser import Browser
from bench.process import cpu
from bench.table import Table, ms
from devices.models import Device

TIMES = 15


def measure(system: Any, browser: Browser) -> Table:
    """The time is that of a whole answer over HTTP, the CPU that of the web process without the database server; the
    queries are counted in a process of our own."""
    count = Device.objects.count()
    table = Table("Pages", ["page", "who", f"{count:,} devices", "CPU", "queries"])
    ids = fleet.devices()
    pages = {
        "All devices": "/devices/",
        "All devices, page 20": "/devices/?page=20",
        "All devices, sorted by last contact": "/devices/?sort=-last_contact",
        "All devices, search BENCH-0009": "/devices/?q=BENCH-0009",
        "Applications of a device": f"/devices/{ids[len(ids) // 2]}/applications/",
    }
    approver = Browser(f"http://{browser.place}")
    approver.sign_in("bench-approver", fleet.PASSWORD)
    counter = Client(HTTP_HOST=settings.ALLOWED_HOSTS[0])
    for who, own, user in (
        ("superuser", browser, User.objects.get(username="admin")),
        ("approver", approver, User.objects.get(username="bench-approver")),
    ):
        counter.force_login(user)
        for name, path in pages.items():
            own.get(path)
            times, used = [], cpu(system.pids["web"])
            for _ in range(TIMES):
                began = time.perf_counter()
                own.get(path)
                times.append(time.perf_counter() - began)
            used = (cpu(system.pids["web"]) - used) / TIMES
            with CaptureQueriesContext(connection) as queries:
                counter.get(path)
            table.add(name, who, ms(median(times)), ms(used), len(queries))
    return table


def beside(tables: list[Table]) -> Table:
    """The same pages with few and with many devices."""
    first = tables[0]
    both = Table("Pages", ["page", "who"], note=f"Median of {TIMES} answers over loopback; CPU of the web process.")
    for table in tables:
        both.head += table.head[2:]
    both.rows = [[*first.rows[row][:2]] for row in range(len(first.rows))]
    for table in tables:
        for row, cells in enumerate(table.rows):
            both.rows[row] += cells[2:]
    return both
