"""The processes of a running system: each in its own group, with its own log, and none that outlives its supervisor."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from console.configuration.environment import ROOT

LOG_LIMIT = 5_000_000  # bytes; a longer log starts anew, the old one stays as NAME.log.1


class Watchdog:
    """A process that ends the parts when this process dies, however it dies. It keeps `lock` open until then."""

    def __init__(self, lock: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog.py"))],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
            pass_fds=(lock,),
        )

    def say(self, sign: str, group: int) -> None:
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(f"{sign}{group}\n")
                self.process.stdin.flush()

    def dismiss(self) -> None:
        """Ends it, and with it whatever was not taken off its list."""
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=15)


class ChildProcess:
    """One process of the system. Its output goes to `log`; `patience` is how long it may take to stop, in seconds."""

    def __init__(
        self,
        name: str,
        command: list[str],
        environ: Mapping[str, str],
        log: Path,
        watchdog: Watchdog,
        patience: float = 10,
    ) -> None:
        self.name, self.command, self.environ, self.log = name, command, dict(environ), log
        self.watchdog, self.patience = watchdog, patience
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.wanted = False

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process and self.process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """None while it runs, or before it was started."""
        return self.process.poll() if self.process else None

    def start(self) -> None:
        if self.pid:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.watchdog.say("+", self.process.pid)
        self.started_at, self.wanted = time.monotonic(), True

    def stop(self, patience: float | None = None) -> None:
        """Asks the whole group to end, and ends it by force when it takes too long."""
        self.wanted = False
        self.signal(signal.SIGTERM)
        self.settle(self.patience if patience is None else patience)

    def kill(self) -> None:
        """The end without warning, as when a machine fails."""
        self.wanted = False
        self.signal(signal.SIGKILL)
        self.settle(5)

    def signal(self, number: signal.Signals) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def settle(self, patience: float) -> None:
        if not self.process:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=max(patience, 0.1))
        self.signal(signal.SIGKILL)  # what is left of its group
        self.process.wait()
        self.watchdog.say("-", self.process.pid)

    def last_words(self, limit: int = 2000) -> str:
        """The end of its log."""
        with contextlib.suppress(OSError), self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - limit))
            return log.read().decode("utf-8", "replace").strip()
        return ""
