"""The file that a command needs: fetched before it runs, gone on with after any break, never run unless it is right."""

# Right is what the signed definition says: so many bytes with this SHA-256.

from __future__ import annotations

import http.client
import logging
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any, Callable, Optional

from client.act.execution import Later, Stopping
from client.details import Code, Detail, detail, moment
from client.keep.cache import CHUNK, Cache, digest_of
from client.keep.journal import Journal
from client.platforms import Account
from client.talk.backoff import Backoff
from client.talk.connection import Closed, Console, ConsoleError, Unreachable

log = logging.getLogger("koppel")

SHA256 = re.compile(r"[0-9a-f]{64}")
MEGABYTE = 1024 * 1024
Came = Callable[[int, Detail], None]  # percent, what is told
Progress = Callable[[Optional[int], str, Optional[Detail]], None]  # percent, text, what is told


class NotFetched(Exception):
    """The file cannot be had; `detail` tells why."""

    def __init__(self, code: Code, **facts: Any) -> None:
        super().__init__(code.value)
        self.detail = detail(code, **facts)


class BrokenOff(Exception):
    """It is gone on with later: `gained` bytes more are here than before, fewer when it began anew; `retry_after` is
    what the console asked for."""

    def __init__(self, error: object, gained: int, retry_after: float = 0.0) -> None:
        super().__init__(str(error))
        self.gained = gained
        self.retry_after = retry_after


def fault_in(content: Any) -> str:
    """What keeps a signed file from being understood, as a sentence; usually nothing."""
    if not isinstance(content, dict):
        return f"The file is {content!r}."
    sha256, size, name = (content.get(key) for key in ("sha256", "size", "name"))
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256) or not isinstance(size, int) or size < 0:
        return f"The file has the SHA-256 {sha256!r} and the size {size!r}."
    if not isinstance(name, str) or name in ("", ".", "..") or re.search(r"[\x00-\x1f/\\:]", name):
        return f"The file has the name {name!r}."
    return ""


def needed(content: dict[str, Any] | None, action: str, command: str) -> dict[str, Any] | None:
    """What installs needs its file; another command when it names it: nobody waits for 2 GB to remove something."""
    if not content:
        return None
    named = content["name"] in command or "KOPPEL_CONTENT" in command
    return content if named or action in ("install", "reinstall") else None


def in_use(journal: Journal) -> set[str]:
    """The files (SHA-256) that open requests name."""
    steps = [step for request in journal.open_requests() for step in request.payload.get("steps", [])]
    kinds = [kind for step in steps for kind in step["deployment_types"]]
    return {kind["content"]["sha256"] for kind in kinds if kind.get("content")}


class Contents:
    """Fetches files into the cache, and puts them where a command runs."""

    def __init__(self, cache: Cache, console: Console, stop: threading.Event) -> None:
        self.cache = cache
        self.console = console
        self.stop = stop

    def have(
        self, content: dict[str, Any] | None, work: dict[str, Any], backoff: Backoff, progress: Progress
    ) -> Detail | None:
        """Have the file in the cache, if one is needed; why it cannot be had. Raises Later when it broke off: `work`
        remembers how often it did without a byte gained."""
        if content is None:
            return None
        try:
            self.fetch(content, lambda percent, told: progress(percent, "", told))
        except NotFetched as error:
            return error.detail
        except BrokenOff as error:
            backoff.failures = 0 if error.gained > 0 else work.get("broken_off", 0)
            when = time.time() + backoff.pause(error.retry_after)
            work["broken_off"] = backoff.failures
            progress(None, "", detail(Code.CONTENT_WAITS, name=content["name"], error=error, at=moment(when)))
            log.info("%s is not here wholly: %s Going on at %s.", content["name"], error, moment(when))
            raise Later(when) from error
        return None

    def fetch(self, content: dict[str, Any], progress: Came) -> None:
        """Have the file in the cache. Raises NotFetched, BrokenOff or Stopping."""
        sha256, size = content["sha256"], content["size"]
        if self.cache.has(sha256, size):
            return
        part = self.cache.part(sha256)
        there = part.stat().st_size if part.exists() else 0
        if there > size:
            part.unlink()
            there = 0
        free = self.cache.make_room(size - there)
        if free < size - there:
            raise NotFetched(Code.CONTENT_NO_ROOM, needed_mb=-(-(size - there) // MEGABYTE), found_mb=free // MEGABYTE)
        digest = self._rest(content, part, there, progress)
        if digest != sha256:
            part.unlink()
            raise NotFetched(Code.CONTENT_DIFFERS, name=content["name"], wanted=sha256, found=digest)
        self.cache.keep(sha256)

    def _rest(self, content: dict[str, Any], part: Path, there: int, progress: Came) -> str:
        """Fetch what is missing; the SHA-256 of what is there then."""
        began, size = there, content["size"]
        handle = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            try:
                while there < size:
                    there = self._some(content, file, there, progress)
            except Closed as error:
                raise NotFetched(Code.CONTENT_GONE, name=content["name"]) from error
            except ConsoleError as error:
                raise BrokenOff(error, file.tell() - began, error.retry_after) from error
            except (OSError, http.client.HTTPException) as error:
                raise BrokenOff(error, file.tell() - began) from error
            finally:
                file.flush()
            os.fsync(file.fileno())
        return digest_of(part)

    def _some(self, content: dict[str, Any], file: IO[bytes], there: int, progress: Came) -> int:
        """One answer of the console, as far as it goes; how many bytes there are now."""
        sha256, size = content["sha256"], content["size"]
        headers = {"Accept-Encoding": "identity"}
        if there:
            headers["Range"] = f"bytes={there}-"  # of what has this SHA-256, whenever it is sent
        connection, response = self.console.download(f"/content/{sha256}", headers)
        try:
            if response.status == 206 and not response.headers.get("Content-Range", "").startswith(f"bytes {there}-"):
                raise Unreachable("The console sent another part of the file than it was asked for.")
            there = there if response.status == 206 else 0  # it begins anew
            file.seek(there)
            file.truncate()
            while chunk := response.read1(CHUNK):
                if there + len(chunk) > size:
                    there = 0
                    file.seek(0)
                    file.truncate()
                    raise Unreachable("The console sent more than the file has.")
                file.write(chunk)
                there += len(chunk)
                progress(there * 100 // size, detail(Code.CONTENT_PART, bytes=there, of_bytes=size))
                if self.stop.is_set():
                    raise Stopping
            if there < size:
                raise Unreachable(f"The file broke off after {there} of {size} bytes.")
            return there
        finally:
            connection.close()

    def place(self, content: dict[str, Any], folder: Path, account: Account) -> Path:
        """A folder with the file under its own name, in which a command of this account can run."""
        source = self.cache.whole(content["sha256"])
        if not account.rights:
            target = fresh(folder / "content")
            try:
                os.link(source, target / content["name"])
            except OSError:  # no links on this file system
                shutil.copyfile(source, target / content["name"])
            return target
        # Somebody else may not enter our folder. What it is called nobody knows before it is there.
        target = fresh(Path(tempfile.gettempdir()) / f"koppel-{folder.parent.name}-{folder.name}")
        shutil.copyfile(source, target / content["name"])
        for path in (target / content["name"], target):
            path.chmod(0o700)
            shutil.chown(path, account.rights.get("user"), account.rights.get("group"))  # type: ignore[call-overload]
        return target


def fresh(folder: Path) -> Path:
    """An empty folder of our own, in place of what an earlier try left."""
    if folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def remove_placed(requests: Collection[str]) -> None:
    """What commands of other accounts were given for these requests (ids)."""
    for path in Path(tempfile.gettempdir()).glob("koppel-*"):
        if path.name[len("koppel-") :].rpartition("-")[0] in requests and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
