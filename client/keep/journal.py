"""The journal: what the client was asked, how far it is, what it has to tell; written before it acts or reports."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

OPEN = ("received", "acknowledged", "running")
SCHEMA = """
CREATE TABLE IF NOT EXISTS request (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN
        ('received', 'acknowledged', 'running', 'done', 'reported', 'dropped', 'refused')),
    payload TEXT NOT NULL,
    work TEXT NOT NULL DEFAULT '{}',
    result TEXT,
    own INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    changed REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS request_state ON request (state, number);
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS memory (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS definition (
    application INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    digest TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS installed (
    application INTEGER NOT NULL,
    person TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (application, person)
);
"""
KEEP_SECONDS = 90 * 86400.0  # how long finished requests stay, so that a late repetition is recognised


class Request(NamedTuple):
    """One request and how far it is; `work` is what has been done of it: `steps` finished, `attempt` under way."""

    id: str
    state: str
    payload: dict[str, Any]
    work: dict[str, Any]
    not_before: float


class Message(NamedTuple):
    key: str
    method: str
    path: str
    body: Any


class Journal:
    """All writes are transactions that are on the disk when the call returns. Used by all threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(str(path), timeout=20, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(SCHEMA)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite itself gives up a transaction for which there is no room
                    self._db.execute("ROLLBACK")
                raise

    def _read(self, query: str, *values: Any) -> list[tuple]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # Requests

    def receive(self, payload: dict[str, Any]) -> str:
        """Note a request from the console; what that made it: `new`, `again`, `unreported` or `known`."""
        with self._writing() as db:
            row = db.execute("SELECT state, result FROM request WHERE id = ?", [payload["id"]]).fetchone()
            if row is None:
                work = {"settle": True} if payload.get("state") in ("acknowledged", "running") else {}
                db.execute(
                    "INSERT INTO request (id, state, payload, work, own, changed) VALUES (?, 'received', ?, ?, ?, ?)",
                    [payload["id"], json.dumps(payload), json.dumps(work), bool(payload.get("own")), time.time()],
                )
                return "new"
            state, result = row
            if state in ("dropped", "reported") and payload.get("state") == "sent":
                self._move(db, payload["id"], "received")  # asked again; what has a result is not run again
                return "again"
            if state == "reported" and payload.get("state") in ("acknowledged", "running"):
                self._move(db, payload["id"], "done")
                self._queue_result(db, payload["id"], json.loads(result))
                return "unreported"
            return "known"

    def result(self, id: str) -> dict[str, Any] | None:
        """The outcome of a request that was carried out."""
        rows = self._read("SELECT result FROM request WHERE id = ? AND result IS NOT NULL", id)
        return json.loads(rows[0][0]) if rows else None

    def touched_since(self, when: float) -> set[int]:
        """The applications on which something was, or is being, done since then."""
        rows = self._read(
            "SELECT payload FROM request WHERE state IN (?, ?, ?) OR (result IS NOT NULL AND changed >= ?)", *OPEN, when
        )
        steps = (step for row in rows for step in json.loads(row[0]).get("steps", []))
        return {step["application"]["id"] for step in steps}

    def finished(self) -> list[str]:
        """The ids of the requests of which nothing is left to do on this device."""
        return [row[0] for row in self._read("SELECT id FROM request WHERE state NOT IN (?, ?, ?)", *OPEN)]

    def next_request(self, now: float) -> Request | None:
        """The first open request that need not wait any longer."""
        rows = self._read(
            "SELECT id, state, payload, work, not_before FROM request"
            " WHERE state IN (?, ?, ?) AND (not_before <= ? OR not_before > ?) ORDER BY number LIMIT 1",
            *OPEN,
            now,
            now + 86400,  # the clock was set back: do not wait for ever
        )
        return _request(rows[0]) if rows else None

    def next_wake(self) -> float | None:
        """When the first of the postponed requests is due, in seconds since 1970."""
        [(due,)] = self._read("SELECT MIN(not_before) FROM request WHERE state IN (?, ?, ?)", *OPEN)
        return None if due is None else float(due)

    def open_requests(self) -> list[Request]:
        rows = self._read(
            "SELECT id, state, payload, work, not_before FROM request WHERE state IN (?, ?, ?) ORDER BY number", *OPEN
        )
        return [_request(row) for row in rows]

    def waiting(self) -> tuple[list[str], str | None]:
        """The console's requests that wait their turn, in order, and the one before them; none when nothing is before
        them, because the first is about to be acknowledged anyway."""
        rows = self._read("SELECT id, state, own FROM request WHERE state IN (?, ?, ?) ORDER BY number", *OPEN)
        at_work = [id for id, state, _own in rows if state != "received"]
        waiting = [id for id, state, own in rows if state == "received" and not own]
        ahead = at_work[0] if at_work else (waiting.pop(0) if waiting else None)
        return waiting, ahead

    def move(self, id: str, state: str) -> None:
        with self._writing() as db:
            self._move(db, id, state)

    def note_work(self, id: str, work: dict[str, Any], not_before: float = 0.0) -> None:
        """Keep how far a request is, before the next thing is done for it."""
        with self._writing() as db:
            db.execute(
                "UPDATE request SET state = 'running', work = ?, not_before = ?, changed = ? WHERE id = ?",
                [json.dumps(work), not_before, time.time(), id],
            )

    def wait_for_console(self, until: float, id: str) -> None:
        """This request, and all that need the console's word before they run, wait in their order."""
        with self._writing() as db:
            db.execute(
                "UPDATE request SET not_before = ? WHERE id = ? OR (state = 'received' AND own = 0)", [until, id]
            )

    def console_is_back(self) -> None:
        """Nothing waits for the console any longer."""
        with self._writing() as db:
            db.execute("UPDATE request SET not_before = 0 WHERE state IN ('received', 'acknowledged')")

    def finish(self, id: str, result: dict[str, Any]) -> None:
        """The outcome of a request, and the message that tells it; older findings that wait to be told are void."""
        with self._writing() as db:
            db.execute("UPDATE request SET result = ? WHERE id = ?", [json.dumps(result), id])
            self._move(db, id, "done")
            db.execute("DELETE FROM message WHERE key LIKE 'evaluation/%'")
            self._queue_result(db, id, result)

    def counts(self) -> dict[str, int]:
        return dict(self._read("SELECT state, COUNT(*) FROM request GROUP BY state"))

    def prune(self) -> None:
        """Forget what ended long ago."""
        with self._writing() as db:
            db.execute(
                "DELETE FROM request WHERE state IN ('reported', 'dropped', 'refused') AND changed < ?",
                [time.time() - KEEP_SECONDS],
            )

    def _move(self, db: sqlite3.Connection, id: str, state: str) -> None:
        db.execute("UPDATE request SET state = ?, changed = ? WHERE id = ?", [state, time.time(), id])

    # Messages

    def _queue_result(self, db: sqlite3.Connection, id: str, result: dict[str, Any]) -> None:
        self._queue(db, f"result/{id}", "POST", f"/requests/{id}/result", result)

    def _queue(self, db: sqlite3.Connection, key: str, method: str, path: str, body: Any) -> None:
        db.execute(
            "INSERT OR REPLACE INTO message (key, method, path, body) VALUES (?, ?, ?, ?)",
            [key, method, path, json.dumps(body)],
        )

    def queue(self, key: str, method: str, path: str, body: Any) -> None:
        """A message for the console, in place of an older one about the same thing."""
        with self._writing() as db:
            self._queue(db, key, method, path, body)

    def messages(self) -> list[Message]:
        rows = self._read("SELECT key, method, path, body FROM message ORDER BY number")
        return [Message(key, method, path, json.loads(body)) for key, method, path, body in rows]

    def told(self, message: Message, refused: bool = False) -> None:
        """The console has a message, or will never take it. A newer one about the same thing stays."""
        with self._writing() as db:
            db.execute("DELETE FROM message WHERE key = ? AND body = ?", [message.key, json.dumps(message.body)])
            kind, _, id = message.key.partition("/")
            if kind == "result":
                self._move(db, id, "refused" if refused else "reported")

    def unwanted(self, message: Message) -> None:
        """The console wants nothing of a request that the client asked itself: so not its result either."""
        kind, _, id = message.key.partition("/")
        if kind == "announcement":
            with self._writing() as db:
                db.execute("DELETE FROM message WHERE key = ?", [f"result/{id}"])
                db.execute("UPDATE request SET state = 'reported' WHERE id = ? AND state = 'done'", [id])

    # Memory

    def recall(self, key: str, default: Any = None) -> Any:
        rows = self._read("SELECT value FROM memory WHERE key = ?", key)
        return json.loads(rows[0][0]) if rows else default

    def remember(self, **values: Any) -> None:
        with self._writing() as db:
            for key, value in values.items():
                db.execute("INSERT OR REPLACE INTO memory (key, value) VALUES (?, ?)", [key, json.dumps(value)])

    def is_known_definition(self, digest: str) -> bool:
        """Whether this revision of an application was found to be signed before."""
        return bool(self._read("SELECT 1 FROM definition WHERE digest = ?", digest))

    def newest_revision(self, application: int) -> int:
        """The newest that was seen of an application; 0 for none."""
        rows = self._read("SELECT revision FROM definition WHERE application = ?", application)
        return int(rows[0][0]) if rows else 0

    def remember_definition(self, application: int, revision: int, digest: str) -> None:
        """From now on this is the newest; those before it are withdrawn."""
        if not self.is_known_definition(digest):
            with self._writing() as db:
                db.execute("INSERT OR REPLACE INTO definition VALUES (?, ?, ?)", [application, revision, digest])

    def remember_installed(self, entry: dict[str, Any]) -> None:
        """An application that was once installed here, or tried to be, is looked for ever after."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO installed (application, person, entry) VALUES (?, ?, ?)",
                [entry["application"]["id"], entry["person"] or "", json.dumps(entry)],
            )

    def forget_installed(self, applications: list[int]) -> None:
        """The console no longer knows these applications."""
        with self._writing() as db:
            db.executemany("DELETE FROM installed WHERE application = ?", [[id] for id in applications])

    def ever_installed(self) -> list[dict[str, Any]]:
        return [json.loads(row[0]) for row in self._read("SELECT entry FROM installed ORDER BY application, person")]


def _request(row: tuple) -> Request:
    id, state, payload, work, not_before = row
    return Request(id, state, json.loads(payload), json.loads(work), not_before)
