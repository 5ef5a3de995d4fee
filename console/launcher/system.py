"""The whole system on one machine: `make run`, and what the end-to-end tests start."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

from celery import Celery

from console.configuration.broker import TRANSPORT, broker_url
from console.configuration.environment import ROOT, RUN_FILE, Environment, env_file, read_file
from console.launcher.embedded_redis import redis_command, redis_socket
from console.launcher.local_client import console_moved, is_enrolled, let_finish
from console.launcher.locks import free_port, must_be_free, take_folder
from console.launcher.processes import ChildProcess, Watchdog
from signing import keys

ADMINISTRATOR = "admin"
START_PATIENCE = 120.0  # seconds for a part to answer
STEADY = 30.0  # seconds after which a part that ends is no longer a part that does not start


class NotReady(Exception):
    """The system could not be started; the text says why."""


SECRETS = ("KOPPEL_SECRET_KEY", "KOPPEL_OLD_SECRET_KEYS", "DATABASE_URL", "REDIS_URL", "KOPPEL_OIDC_CLIENT_SECRET")


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """What the client on this machine needs not know: it runs what others wrote."""
    return {name: value for name, value in environ.items() if name not in SECRETS}


class System:
    """Redis, web with stream, worker, beat and one client, on the data in one folder.

    `environ` is the environment of all of it, `port` 0 takes a free one, `say` gets each line for whoever watches.
    Use it as a context manager, or call `stop()`: it ends everything, also after a start that failed.
    """

    def __init__(
        self,
        data: Path,
        environ: Mapping[str, str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        demo: bool = True,
        client: bool = True,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.data, self.host, self.port = data.resolve(), host, port or free_port(host)
        self.demo, self.with_client, self.say = demo, client, say
        self.given = {
            name: value for name, value in environ.items() if value or name not in {"REDIS_URL", "DATABASE_URL"}
        }
        self.password = ""  # the administrator's, when this start made one
        self.parts: dict[str, ChildProcess] = {}
        self.watchdog: Watchdog | None = None
        self.lock: IO[str] | None = None
        self.hurry = threading.Event()

    @property
    def url(self) -> str:
        return f"http://{'127.0.0.1' if self.host in {'0.0.0.0', '::', ''} else self.host}:{self.port}"  # noqa: S104

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run now, by the name of their part."""
        return {name: part.pid for name, part in self.parts.items() if part.pid}

    def __enter__(self) -> "System":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Starting

    def start(self) -> None:
        self.lock = take_folder(self.data)
        self.environ = self.environment()
        self.values = Environment(env_file(self.given) | self.environ)
        must_be_free(self.host, self.port)
        if not self.signing_key.exists():
            keys.make(self.signing_key)
        self.watchdog = Watchdog(self.lock.fileno())
        if self.own_redis:
            self.say("Starting Redis")
            self.part("redis", redis_command(redis_socket(self.data))).start()
        self.say("Setting up the database")
        made = self.prepare()
        if self.own_redis:
            self.wait_for("redis", self.redis_answers)
        self.say("Starting web, stream, worker and beat")
        for name, command in self.commands().items():
            self.part(name, command).start()
        self.wait_for("web", self.web_answers)
        self.wait_for("worker", self.worker_answers)
        if self.with_client:
            self.start_client(str(made.get("token") or ""))

    def environment(self) -> dict[str, str]:
        """The environment of every part. What nobody set gets a default, kept in run.env for `manage.py` by hand."""
        file = self.data / RUN_FILE
        here = socket.gethostname()
        public = here if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104
        defaults = {
            "KOPPEL_SECRET_KEY": read_file(file).get("KOPPEL_SECRET_KEY") or secrets.token_urlsafe(48),
            "KOPPEL_ALLOWED_HOSTS": ",".join(dict.fromkeys(["127.0.0.1", "localhost", "[::1]", public])),
            "KOPPEL_HTTP": "yes",
            "KOPPEL_URL": f"http://{public}:{self.port}",
        }
        if not Environment(env_file(self.given) | self.given).text("REDIS_URL"):
            defaults["REDIS_URL"] = f"unix://{redis_socket(self.data)}"
        text = "# Written by `make run`: the settings of the system on this machine.\n"
        text += "".join(f"{name}={value}\n" for name, value in defaults.items())
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text)
        elsewhere = env_file(self.given)
        return {
            **{name: value for name, value in defaults.items() if not elsewhere.get(name)},
            **self.given,
            "KOPPEL_DATA": str(self.data),
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def signing_key(self) -> Path:
        return self.values.folder("KOPPEL_SIGNING_KEY", str(self.data / "signing.key"))

    @property
    def own_redis(self) -> bool:
        return self.values.text("REDIS_URL") == f"unix://{redis_socket(self.data)}"

    def commands(self) -> dict[str, list[str]]:
        celery = [sys.executable, "-m", "celery", "-A", "console.celery:app", "--quiet"]
        return {
            "web": [
                *(sys.executable, "-m", "uvicorn", "console.asgi:application"),
                *("--host", self.host, "--port", str(self.port), "--backlog", "4096"),
                *("--timeout-graceful-shutdown", "5", "--log-level", "warning"),
                *("--no-access-log", "--no-server-header", "--no-proxy-headers"),
            ],
            "worker": [
                *(*celery, "worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            "beat": [*celery, "beat", "--pidfile", "", "--loglevel", "WARNING"],
        }

    def part(self, name: str, command: list[str]) -> ChildProcess:
        assert self.watchdog  # noqa: S101  (start() made it)
        log = self.data / "log" / f"{name}.log"
        environ = self.environ if name != "client" else without_secrets(self.environ)
        self.parts[name] = ChildProcess(name, command, environ, log, self.watchdog)
        return self.parts[name]

    def prepare(self) -> dict[str, str | bool | None]:
        """Runs `manage.py prepare`, which migrates and fills a new database, and answers what it made."""
        self.password = secrets.token_urlsafe(12)
        command = [*(sys.executable, "manage.py", "prepare", "--administrator", ADMINISTRATOR)]
        command += ["--demo"] if self.demo else []
        command += ["--client"] if self.with_client and not is_enrolled(self.client_state) else []
        answer: dict[str, str | bool | None] = json.loads(self.run(command, self.password))
        if not answer.get("administrator"):
            self.password = ""
        return answer

    def run(self, command: list[str], text: str = "") -> str:
        """Runs one command of ours to its end and gives its output; it ends with us, like every part."""
        assert self.watchdog  # noqa: S101
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.watchdog.say("+", process.pid)
        try:
            output, _ = process.communicate(text)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.watchdog.say("-", process.pid)
        if process.returncode:
            raise NotReady(f"`{' '.join(command[1:3])}` did not succeed; what it said stands above.")
        return output

    # The client on this machine

    @property
    def client_state(self) -> Path:
        return self.data / "client"

    def start_client(self, token: str) -> None:
        client = [sys.executable, "-m", "client"]
        state = ["--state", str(self.client_state)]
        if token:
            self.say("Enrolling this machine as a device")
            key = keys.read(self.signing_key).public
            self.run([*client, "enrol", "--url", self.url, "--token", "-", "--key", key, *state], token)
        self.say("Starting the client")
        console_moved(self.client_state, self.url)
        self.part("client", [*client, "run", *state]).start()

    # Waiting until it works

    def wait_for(self, name: str, answers: Callable[[], bool], patience: float = START_PATIENCE) -> None:
        deadline = time.monotonic() + patience
        part = self.parts[name]
        while not answers():
            if part.exit_code is not None:
                raise NotReady(
                    f"The {name} process ended with code {part.exit_code}. {part.log} ends with:\n{part.last_words()}"
                )
            if time.monotonic() > deadline:
                raise NotReady(f"The {name} process does not answer; see {part.log}.\n{part.last_words()}")
            time.sleep(0.05)

    def redis_answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(redis_socket(self.data)))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False

    def web_answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
        return False

    def worker_answers(self) -> bool:
        with Celery("supervisor", broker=broker_url(self.values.text("REDIS_URL"))) as app:
            app.conf.broker_transport_options = TRANSPORT
            return bool(app.control.ping(timeout=0.5, limit=1))

    # Going on and stopping

    def watch(self) -> Iterator[None]:
        """Starts parts that ended again, forever: one look each time it is asked for the next."""
        due: dict[str, tuple[float, float]] = {}  # name: when to start it again, and the pause that was
        while True:
            now = time.monotonic()
            for name, part in self.parts.items():
                if name in due and now >= due[name][0]:
                    part.start()
                    due[name] = (float("inf"), due[name][1])
                elif part.wanted and part.exit_code is not None and due.get(name, (float("inf"),))[0] == float("inf"):
                    pause = 1.0 if now - part.started_at > STEADY else min(60.0, 2 * due.get(name, (0.0, 0.5))[1])
                    due[name] = (now + pause, pause)
                    self.say(f"The {name} process ended ({part.exit_code}), see {part.log}; again in {pause:.0f} s")
            yield

    def stop(self, patience: float = 0) -> None:
        """Ends everything: first those that use Redis, all at once, then Redis. An installation on this machine gets
        `patience` seconds to finish, unless `hurry` is set."""
        users = [part for name, part in self.parts.items() if name != "redis"]
        for part in users:
            part.wanted = False
            part.signal(signal.SIGTERM)
        for part in users:
            part.settle(part.patience)
        if "redis" in self.parts:
            self.parts["redis"].stop()
        if self.with_client:
            let_finish(self.client_state, patience, self.hurry.wait, self.say)
        if self.watchdog:
            self.watchdog.dismiss()
            self.watchdog = None
        if self.lock:
            self.lock.close()
            self.lock = None
