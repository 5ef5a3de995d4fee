"""The device of the tests: a state folder, a real client process, and a folder in which commands leave their marks."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def until(condition, what, seconds=60):
    """Wait for a condition; a sentence about what did not come when time runs out."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.005)
    return value


class Machine:
    """One device; its clients are processes of this test and end with it."""

    def __init__(self, folder, environment=None, program=None):
        self.folder = folder
        self.state = folder / "state"
        self.marks = folder / "marks"
        self.marks.mkdir(parents=True)
        self.program = program or [os.environ.get("KOPPEL_CLIENT_PYTHON", sys.executable), "-m", "client"]
        self.environment = {**os.environ, "KOPPEL_SIGNED_IN": "", **(environment or {})}
        self.environment.pop("KOPPEL_CLIENT_VERSION", None)
        self.environment.update(environment or {})
        self.client = None
        self.log = folder / "client.log"
        self.release = folder / "release"

    def blocking(self, before="", after=""):
        """A command line that waits in the middle until the test touches `release`."""
        wait = f"while [ ! -e {self.release} ]; do sleep 0.02; done"
        return "; ".join(part for part in (before, wait, after) if part)

    def call(self, *words, **options):
        """Run the client's command to its end."""
        return subprocess.run(
            [*self.program, *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            **options,
        )

    def enrol(self, peer, token="token-1", *more):
        words = ["--url", peer.url, "--token", token, "--key", peer.keys.public, "--state", str(self.state)]
        return self.call("enrol", *words, "--name", "desk-1", *more)

    def start(self):
        with open(self.log, "ab") as log:
            self.client = subprocess.Popen(
                [*self.program, "run", "--state", str(self.state)],
                cwd=ROOT,
                env=self.environment,
                stderr=log,
                stdout=log,
            )
        return self.client

    def kill(self):
        """kill -9: the client alone, as the kernel would."""
        self.client.send_signal(signal.SIGKILL)
        self.client.wait(10)

    def stop(self):
        if self.client and self.client.poll() is None:
            self.client.terminate()
            self.client.wait(10)

    def end(self):
        """Whatever these tests started and still runs: the client, its supervisors and their commands."""
        self.release.touch()
        if self.client and self.client.poll() is None:
            self.kill()
        for pid, command in processes():
            if str(self.folder) in command and pid != os.getpid():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def state_of(self, asked):
        """Where the journal says that a request is."""
        try:
            with closing(sqlite3.connect(f"file:{self.state}/journal.db?mode=ro", uri=True, timeout=10)) as db:
                row = db.execute("SELECT state FROM request WHERE id = ?", [asked.payload["id"]]).fetchone()
        except sqlite3.OperationalError:  # it is being made
            return None
        return row and row[0]

    def runs(self, name="ran"):
        """How often a command that appends a line to a mark did so."""
        path = self.marks / name
        return len(path.read_text().splitlines()) if path.exists() else 0

    def supervisors(self):
        return [pid for pid, command in processes() if "supervise" in command and str(self.folder) in command]


def processes():
    """(pid, command line) of every process that has one."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
