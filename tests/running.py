"""Real parts for tests: Redis, stream processes and workers that work on the test database."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

from console.launcher.embedded_redis import redis_command, redis_socket
from console.launcher.locks import free_port, take_folder
from console.launcher.processes import ChildProcess, Watchdog


def wait_until(holds: Callable[[], object], seconds: float = 20.0, what: str = "") -> None:
    """Looks every 20 ms; fails when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"it took too long{': ' if what else ''}{what}"
        time.sleep(0.02)


def database_url() -> str:
    """The test database as DATABASE_URL, for processes of their own."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


class Running:
    """The parts of one system, started one by one; `stop()` ends what still runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = take_folder(folder)
        self.watchdog = Watchdog(self.lock.fileno())
        self.parts: list[ChildProcess] = []
        self.redis_url = f"unix://{redis_socket(folder)}"
        self.environ = {
            **os.environ,
            "KOPPEL_ENV_FILE": os.devnull,
            "KOPPEL_DATA": str(folder),
            "KOPPEL_SIGNING_KEY": str(settings.KOPPEL_SIGNING_KEY),
            "KOPPEL_DEBUG": "yes",
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.redis_url,
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "PYTHONUNBUFFERED": "1",
        }

    def redis(self) -> ChildProcess:
        path = redis_socket(self.folder)
        path.unlink(missing_ok=True)  # what a killed server left behind
        part = self.part("redis", redis_command(path))

        def answers() -> bool:
            with socket.socket(socket.AF_UNIX) as own:
                return own.connect_ex(str(path)) == 0

        self.wait_for(part, answers)
        return part

    def stream(self, name: str = "stream") -> StreamPart:
        port = free_port("127.0.0.1")
        command = [
            *(sys.executable, "-m", "uvicorn", "console.asgi:application"),
            *("--host", "127.0.0.1", "--port", str(port), "--backlog", "4096"),
            *("--timeout-graceful-shutdown", "5", "--log-level", "warning", "--no-access-log"),
        ]
        part = StreamPart(name, command, self.environ, self.folder / "log" / f"{name}.log", self.watchdog)
        part.port = port
        part.start()
        self.parts.append(part)
        self.wait_for(part, part.answers)
        return part

    def worker(self, name: str = "worker", **environ: str) -> ChildProcess:
        ready = self.folder / f"{name}.ready"
        ready.unlink(missing_ok=True)
        command = [
            *(sys.executable, "-m", "celery", "-A", "tests.worker:app", "--quiet", "worker"),
            *("--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
        part = self.part(name, command, {**environ, "READY_FILE": str(ready)})
        self.wait_for(part, ready.exists)
        return part

    def part(self, name: str, command: list[str], environ: dict[str, str] | None = None) -> ChildProcess:
        log = self.folder / "log" / f"{name}.log"
        part = ChildProcess(name, command, self.environ | (environ or {}), log, self.watchdog)
        part.start()
        self.parts.append(part)
        return part

    def wait_for(self, part: ChildProcess, answers: Callable[[], bool]) -> None:
        wait_until(lambda: part.exit_code is not None or answers(), 60, part.name)
        assert part.exit_code is None, part.last_words()

    def stop(self) -> None:
        for part in reversed(self.parts):
            part.stop()
        self.watchdog.dismiss()
        self.lock.close()


class StreamPart(ChildProcess):
    port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        with socket.socket() as own:
            return own.connect_ex(("127.0.0.1", self.port)) == 0


assert settings.CELERY_BROKER_URL.startswith("memory"), "tests never use a broker that is not theirs"
