"""Files: one that is large uploaded and fetched, with the memory of each process; and a crowd that fetches at once.

`python -m bench.files URL FOLDER SHA256 SIZE NUMBER…` is one of the crowd's processes: the client's own code fetches
the file for each of these devices, as `bench-<number>`, and comes back when it is told to.
"""

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.browser import Browser
from bench.process import status
from bench.table import Table, percentile

MEGABYTE = 1024**2


def measure(system: Any, browser: Browser, megabytes: int, crowd: int) -> Table:
    head = ["what", "seconds", "MB/s", "web: more memory", "client: most memory"]
    table = Table("Files", head, note="Loopback, one web process.")
    pid = system.parts["web"].pid
    with Memory(pid) as web:
        began = time.monotonic()
        upload = send(browser, megabytes)
        table.add(*of("upload", began, megabytes), f"{web.more} MB", "")
    sha256 = deploy(upload)
    with Memory(pid) as web:
        began = time.monotonic()
        told = run(system.url, sha256, megabytes * MEGABYTE, [0])
        table.add(*of("fetch, of one device", began, megabytes), f"{web.more} MB", f"{told[0]['memory']} MB")
    small = min(100, megabytes)
    sha256 = deploy(send(browser, small))
    clicks: list[float] = []
    with Memory(pid) as web, ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        fetching = pool.submit(run, system.url, sha256, small * MEGABYTE, list(range(crowd)))
        while not fetching.done():
            clicked = time.monotonic()
            browser.get("/devices/")
            clicks.append(time.monotonic() - clicked)
            time.sleep(0.5)
        told = fetching.result()
        row = of(f"fetch, of {crowd} devices, {small} MB each", began, crowd * small)
        table.add(*row, f"{web.more} MB", f"{max(each['memory'] for each in told)} MB")
    times = sum(each["refused"] for each in told)
    table.note += f" Meanwhile a page took {percentile(clicks, 50):.2f} s (p50), {percentile(clicks, 95):.2f} s (p95); "
    table.note += f"{times} times a device was told to come back."
    return table


def of(what: str, began: float, megabytes: int) -> tuple[str, str, str]:
    seconds = time.monotonic() - began
    return what, f"{seconds:.1f}", f"{megabytes / seconds:.0f}"


class Memory:
    """How much more than at the beginning a process needs at most, in MB."""

    def __init__(self, pid: int) -> None:
        self.pid, self.over = pid, threading.Event()
        self.before = self.most = self.now()

    def now(self) -> int:
        return status(self.pid, "RssAnon") // 1024

    @property
    def more(self) -> int:
        return self.most - self.before

    def __enter__(self) -> "Memory":
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def watch(self) -> None:
        while not self.over.wait(0.05):
            self.most = max(self.most, self.now())

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()


def send(browser: Browser, megabytes: int) -> str:
    """Upload a file of so many megabytes as the page's script does it; the number of the upload."""
    block = os.urandom(MEGABYTE)
    about = {"name": "bench.bin", "size": megabytes * MEGABYTE, "modified": 1}
    begun = json.loads(browser.post("/uploads/", **about))
    cookies = "; ".join(f"{m.key}={m.coded_value}" for m in browser.cookies.values())
    headers = {"Cookie": cookies, "X-CSRFToken": browser.token, "Referer": f"http://{browser.place}/"}
    for at in range(0, megabytes, 2):
        body = block * min(2, megabytes - at)
        browser.connection.request("PUT", f"/uploads/{begun['id']}?offset={at * MEGABYTE}", body, headers)
        answer = browser.connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {answer.read()[:300]!r}")
        answer.read()
    return str(begun["id"])


def deploy(upload: str) -> str:
    """Every device of the fleet may have it now; its SHA-256."""
    from django.utils import timezone

    from applications.models import Application, Deployment, DeploymentType, Upload
    from applications.revisions.definitions import definition_of, revise
    from devices.models import Collection

    content = Upload.objects.get(pk=upload).content
    assert content
    application = Application.objects.create(name=f"Bench file {content.size}", version="1")
    DeploymentType.objects.create(
        application=application,
        name="File",
        content=content,
        file_name="bench.bin",
        install_command="true",
        detection={"kind": "file", "path": "/nowhere"},
    )
    revise(application, definition_of(application), None, timezone.now())
    Deployment.objects.create(application=application, collection=Collection.objects.get(name="Bench"))
    return str(content.sha256)


def run(url: str, sha256: str, size: int, numbers: list[int]) -> list[dict[str, Any]]:
    """The clients, in four processes; what each process tells at its end."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="koppel-bench-files-") as folder:
        command = [sys.executable, "-m", "bench.files", url, folder, sha256, str(size)]
        parts = [part for part in (numbers[start::4] for start in range(4)) if part]
        processes = [subprocess.Popen([*command, *map(str, part)], stdout=subprocess.PIPE, text=True) for part in parts]
        return [json.loads(process.communicate()[0]) for process in processes]


def fetch(url: str, folder: str, sha256: str, size: int, numbers: list[int]) -> None:
    from client.act.content import BrokenOff, Contents
    from client.keep.cache import Cache
    from client.talk.connection import Console

    refused = 0

    def one(number: int) -> None:
        nonlocal refused
        own = Path(folder) / str(number)
        own.mkdir()
        cache = Cache(own, 2 * size, list)
        contents = Contents(cache, Console(url, f"bench-{number}"), threading.Event())
        about = {"sha256": sha256, "size": size, "name": "bench.bin"}
        while not cache.whole(sha256).exists():
            try:
                contents.fetch(about, lambda percent, told: None)
            except BrokenOff as error:
                refused += 1
                time.sleep(error.retry_after)
        cache.whole(sha256).unlink()

    with ThreadPoolExecutor(len(numbers)) as pool:
        list(pool.map(one, numbers))
    print(json.dumps({"memory": status(os.getpid(), "RssAnon") // 1024, "refused": refused}))


if __name__ == "__main__":
    address, place, digest, length, *devices = sys.argv[1:]
    fetch(address, place, digest, int(length), [int(each) for each in devices])
