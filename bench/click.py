"""From a click to the client that holds the request."""

import time
from typing import Any

from applications.models import Request
from bench import fleet
from bench.browser import Browser
from bench.crowd import crowd
from bench.table import Table, ms, percentile
from devices.models import Device

PAUSE = 0.05  # seconds between two clicks


def measure(system: Any, browser: Browser, crowds: list[int], clicks: int) -> Table:
    devices, applications = fleet.devices(), fleet.clickable()
    table = Table(
        "From click to client",
        [
            "clients",
            "clicks",
            "answered → client holds it, p50",
            "p95",
            "sent → client holds it, p50",
            "p95",
            "POST, p50",
        ],
        note="A click is a POST of the Applications page's form. Where a client has the request before the browser\n"
        "has the answer, the first figure is negative. The clients acknowledge and report.",
    )
    for number in crowds:
        with crowd(system.url, number, "act") as clients:
            while Device.objects.filter(stream__isnull=False).count() != number:
                time.sleep(0.05)
            after_answer, after_click, posts = [], [], []
            for index in range(clicks):
                device = devices[1 + index * 7919 % (number - 1) if number > 1 else 0]
                application = applications[index % len(applications)]
                began = time.monotonic()
                browser.post(f"/devices/{device}/applications/act", command="install", id=application, confirmed=1)
                answered = time.monotonic()
                request = Request.objects.filter(device=device, application=application).latest("created_at")
                got = clients.wait("got", request=str(request.pk))[0]["at"]
                after_answer.append(got - answered)
                after_click.append(got - began)
                posts.append(answered - began)
                clients.wait("finished", request=str(request.pk))
                time.sleep(PAUSE)
            answers = {told["status"] for event in ("acknowledged", "finished") for told in clients.all(event)}
            if answers != {200}:
                raise SystemExit(f"The console answered clients with {answers}.")
        figures = [(after_answer, 50), (after_answer, 95), (after_click, 50), (after_click, 95), (posts, 50)]
        table.add(number, clicks, *(ms(percentile(*figure)) for figure in figures))
        Request.objects.all().delete()
    return table
