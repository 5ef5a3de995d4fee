"""The folder in which the client keeps what must outlive it: its secret, its console, its journal, its lock."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from pathlib import Path
from typing import IO

from client.system import processes


class Problem(Exception):
    """The client cannot go on; its text is the sentence for the person at the keyboard."""

    def __init__(self, sentence: str, exit_code: int = 2) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def default_folder() -> Path:
    """Where the state is when nobody says otherwise."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "koppel-client"
    if os.geteuid() == 0:
        return Path("/Library/Application Support" if sys.platform == "darwin" else "/var/lib") / "koppel-client"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "koppel-client"


class State:
    """Paths and small files of one state folder; made with mode 0700 when it is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.secret_file = self.folder / "secret"
        self.console_file = self.folder / "console.json"
        self.keys_file = self.folder / "keys.json"
        self.journal_file = self.folder / "journal.db"
        self.lock_file = self.folder / "lock"
        self.runs = self.folder / "runs"
        self.content = self.folder / "content"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.runs.mkdir(mode=0o700, exist_ok=True)
            self.content.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Problem(f"The state folder {self.folder} cannot be made: {error.strerror}.") from error
        if not processes.WINDOWS and stat.S_IMODE(self.folder.stat().st_mode) != 0o700:
            self.folder.chmod(0o700)

    def lock(self) -> IO[bytes]:
        """Keep a second client away from this folder for as long as the answer is kept."""
        lock = processes.hold(self.lock_file)
        if lock is None:
            raise Problem(f"Another koppel-client is already running with the state folder {self.folder}.")
        return lock

    def console(self) -> dict | None:
        """The enrolment: `{"url", "device", "name", "token", "insecure_http"}`; of the token a piece of its hash."""
        known: dict | None = processes.read(self.console_file)
        return known

    def secret(self) -> str:
        """The device's secret, unless others could have read it."""
        try:
            mode = self.secret_file.stat().st_mode
            secret = self.secret_file.read_text("ascii").strip()
        except FileNotFoundError:
            raise Problem(f"This device is not enrolled: {self.secret_file} is missing. Run enrol first.") from None
        except OSError as error:
            raise Problem(f"The secret in {self.secret_file} cannot be read: {error.strerror}.") from error
        if not processes.WINDOWS and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Problem(
                f"Others than its owner can read or write {self.secret_file} (mode {mode & 0o777:o}): "
                "enrol this device again, or set the mode to 600 if nobody did."
            )
        return secret


def make_secret(path: Path) -> str:
    """The secret kept in a file: a new one, or the one that an earlier try left there."""
    secret = secrets.token_hex(32)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text("ascii").strip()
        if len(kept) == 64:
            return kept
        path.unlink()  # cut short: it was never sent
        return make_secret(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret
