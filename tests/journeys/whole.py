"""The whole system, running on data of its own, and the ways in which a journey breaks it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from redis import Redis

from console.configuration.environment import ROOT
from console.launcher.embedded_redis import redis_socket
from console.launcher.system import System
from tests.journeys import inside
from tests.running import wait_until

P = ParamSpec("P")
T = TypeVar("T")
LOOK = 0.2  # seconds between two looks of the supervisor


class Whole:
    """`console.launcher.system.System` with demo data and a client whose home is in `folder`, supervised as by
    `make run`.

    On the PostgreSQL that DATABASE_URL names, in a database of its own; without it on SQLite.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home, self.land = folder / "home", folder / "land"
        for each in (self.home, self.land):
            each.mkdir()
        self.land.chmod(0o777)  # commands of other accounts put their files there too
        self.database = Database(os.environ.get("DATABASE_URL", ""))
        own = {name: value for name, value in os.environ.items() if not name.startswith(("KOPPEL_", "DJANGO_"))}
        self.system = System(
            folder / "var",
            own
            | {
                "HOME": str(self.home),
                "DATABASE_URL": self.database.url,
                "REDIS_URL": "",
                "KOPPEL_ENV_FILE": os.devnull,
                "KOPPEL_SWEEP_SECONDS": "2",
                "KOPPEL_ACK_SECONDS": "5",
                "KOPPEL_SIGNED_IN": "",
                "KOPPEL_SETTLE_SECONDS": "1",
            },
        )
        self.ended = threading.Event()
        self.supervisor = threading.Thread(target=self._supervise, daemon=True)
        self.desk: subprocess.Popen[str] | None = None

    def __enter__(self) -> Whole:
        try:
            self.database.make()
            self.system.start()
            self.supervisor.start()
            command = [sys.executable, "manage.py", "shell", "-v", "0", "-c"]
            command.append("from tests.journeys.inside import listen; listen()")
            self.desk = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.system.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            wait_until(lambda: self.inside(inside.device)["connected"], 60)
            # all devices, and those with a shell: what the client told of itself is there
            wait_until(lambda: self.inside(inside.device)["collections"] > 1, 60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        if self.supervisor.is_alive():
            self.supervisor.join()
        if self.desk:
            self.desk.communicate(timeout=30)
        self.system.stop()
        self.database.drop()

    def _supervise(self) -> None:
        for _ in self.system.watch():
            if self.ended.wait(LOOK):
                return

    @property
    def url(self) -> str:
        return self.system.url

    def inside(self, function: Callable[P, T], *none: P.args, **facts: P.kwargs) -> T:
        """Runs a function of inside.py where the console's data is."""
        assert self.desk
        assert self.desk.stdin
        assert self.desk.stdout
        self.desk.stdin.write(f"{json.dumps([function.__name__, facts])}\n")
        self.desk.stdin.flush()
        answer = json.loads(self.desk.stdout.readline())
        assert "error" not in answer, answer["error"]
        found: T = answer["value"]
        return found

    def make(self, name: str, **facts: object) -> int:
        """An application that really installs here; see inside.software."""
        return self.inside(inside.software, name=name, folder=str(self.land), **facts)  # type: ignore[arg-type]

    def release(self, name: str) -> None:
        """A held installation goes on."""
        (self.land / f"{name}.go").touch()

    def installed(self, name: str) -> bool:
        return (self.land / name).exists()

    def ran(self, name: str, command: str = "install") -> list[str]:
        """As whom a command of an application ran, each time that it did."""
        told = self.land / f"{name}.{command}"
        return told.read_text().split() if told.exists() else []

    # Breaking it

    def kill(self, part: str) -> None:
        """As `kill -9` does it; the supervisor starts it again."""
        os.killpg(self.system.pids[part], signal.SIGKILL)

    def freeze(self, part: str) -> None:
        self.system.parts[part].signal(signal.SIGSTOP)

    def thaw(self, part: str) -> None:
        self.system.parts[part].signal(signal.SIGCONT)

    def stop(self, part: str) -> None:
        self.system.parts[part].stop()

    def start(self, part: str, **environ: str) -> None:
        """Start a part that was stopped, with other things in its environment."""
        self.system.parts[part].environ.update(environ)
        self.system.parts[part].start()

    def redis(self) -> Redis:
        return Redis(unix_socket_path=str(redis_socket(self.system.data)))

    def disconnect(self) -> None:
        """The client ends, and the minute is over after which its device counts as offline (R23)."""
        self.stop("client")
        wait_until(lambda: not self.inside(inside.device)["connected"])
        self.inside(inside.a_minute_passes)
        wait_until(lambda: not self.inside(inside.device)["online"], 30)

    def connect(self, **environ: str) -> None:
        self.start("client", **environ)
        wait_until(lambda: self.inside(inside.device)["connected"], 60)


class Database:
    """A database of its own on the server that `address` names; nothing when it names none."""

    def __init__(self, address: str) -> None:
        self.server = address if address.startswith("postgres") else ""
        self.name = f"koppel_journeys_{os.getpid()}"
        self.url = urlunsplit(urlsplit(address)._replace(path=f"/{self.name}")) if self.server else ""

    def make(self) -> None:
        self._run(sql.SQL("CREATE DATABASE {}"))

    def drop(self) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"))

    def _run(self, statement: sql.SQL) -> None:
        if self.server:
            with psycopg.connect(self.server, autocommit=True) as connection:
                connection.execute(statement.format(sql.Identifier(self.name)))
