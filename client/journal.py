"""The journal: what the client was asked, how far it is, and what it still has to tell. Written before it acts and before it reports."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

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
    payload: Dict[str, Any]
    work: Dict[str, Any]
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
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _read(self, query: str, *values: Any) -> List[tuple]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # Requests

    def receive(self, payload: Dict[str, Any]) -> str:
        """Note a request from the console; what that made it: `new`, `again`, `unreported` or `known`."""
        with self._writing() as db:
            row = db.execute("SELECT state, result FROM request WHERE id = ?", [payload["id"]]).fetchone()
            if row is None:
                work = {"settle": True} if payload.get("state") in ("acknowledged", "running") else {}
                db.execute(
                    "INSERT INTO request (id, state, payload, work, changed) VALUES (?, ?, ?, ?, ?)",
                    [payload["id"], "received", json.dumps(payload), json.dumps(work), time.time()],
                )
                return "new"
            state, result = row
            if state == "dropped" and payload.get("state") == "sent":
                self._move(db, payload["id"], "received")
                return "again"
            if state == "reported" and payload.get("state") in ("acknowledged", "running"):
                self._move(db, payload["id"], "done")
                self._queue_result(db, payload["id"], json.loads(result))
                return "unreported"
            return "known"

    def next_request(self, now: float) -> Optional[Request]:
        """The first open request that need not wait any longer."""
        rows = self._read(
            "SELECT id, state, payload, work, not_before FROM request"
            " WHERE state IN (?, ?, ?) AND (not_before <= ? OR not_before > ?) ORDER BY number LIMIT 1",
            *OPEN,
            now,
            now + 86400,  # the clock was set back: do not wait for ever
        )
        return _request(rows[0]) if rows else None

    def next_wake(self) -> Optional[float]:
        """When the first of the postponed requests is due, in seconds since 1970."""
        return self._read("SELECT MIN(not_before) FROM request WHERE state IN (?, ?, ?)", *OPEN)[0][0]

    def open_requests(self) -> List[Request]:
        rows = self._read(
            "SELECT id, state, payload, work, not_before FROM request WHERE state IN (?, ?, ?) ORDER BY number", *OPEN
        )
        return [_request(row) for row in rows]

    def move(self, id: str, state: str) -> None:
        with self._writing() as db:
            self._move(db, id, state)

    def note_work(self, id: str, work: Dict[str, Any], not_before: float = 0.0) -> None:
        """Keep how far a request is, before the next thing is done for it."""
        with self._writing() as db:
            db.execute(
                "UPDATE request SET state = 'running', work = ?, not_before = ?, changed = ? WHERE id = ?",
                [json.dumps(work), not_before, time.time(), id],
            )

    def finish(self, id: str, result: Dict[str, Any]) -> None:
        """The outcome of a request, and the message that tells it; older findings that wait to be told are void."""
        with self._writing() as db:
            db.execute("UPDATE request SET result = ? WHERE id = ?", [json.dumps(result), id])
            self._move(db, id, "done")
            db.execute("DELETE FROM message WHERE key LIKE 'evaluation/%'")
            self._queue_result(db, id, result)

    def counts(self) -> Dict[str, int]:
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

    def _queue_result(self, db: sqlite3.Connection, id: str, result: Dict[str, Any]) -> None:
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

    def messages(self) -> List[Message]:
        rows = self._read("SELECT key, method, path, body FROM message ORDER BY number")
        return [Message(key, method, path, json.loads(body)) for key, method, path, body in rows]

    def told(self, message: Message, refused: bool = False) -> None:
        """The console has a message, or will never take it. A newer one about the same thing stays."""
        with self._writing() as db:
            db.execute("DELETE FROM message WHERE key = ? AND body = ?", [message.key, json.dumps(message.body)])
            kind, _, id = message.key.partition("/")
            if kind == "result":
                self._move(db, id, "refused" if refused else "reported")

    # Memory

    def recall(self, key: str, default: Any = None) -> Any:
        rows = self._read("SELECT value FROM memory WHERE key = ?", key)
        return json.loads(rows[0][0]) if rows else default

    def remember(self, **values: Any) -> None:
        with self._writing() as db:
            for key, value in values.items():
                db.execute("INSERT OR REPLACE INTO memory (key, value) VALUES (?, ?)", [key, json.dumps(value)])

    def remember_installed(self, entry: Dict[str, Any]) -> None:
        """An application that was once installed here is looked for ever after."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO installed (application, person, entry) VALUES (?, ?, ?)",
                [entry["application"]["id"], entry["person"] or "", json.dumps(entry)],
            )

    def ever_installed(self) -> List[Dict[str, Any]]:
        return [json.loads(row[0]) for row in self._read("SELECT entry FROM installed ORDER BY application, person")]


def _request(row: tuple) -> Request:
    id, state, payload, work, not_before = row
    return Request(id, state, json.loads(payload), json.loads(work), not_before)
