"""The running client: starts the loops, hands what the console says to the journal, ends them on a signal."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import signal
import sqlite3
import threading
import time
from typing import Any, Protocol

from client.act.content import Contents, in_use, remove_placed
from client.act.policy import Policy
from client.act.runner import Runner
from client.details import Code, detail
from client.keep.cache import Cache
from client.keep.journal import Journal
from client.keep.state import Problem, State
from client.look.inventory import Inventory
from client.system import shell
from client.talk.connection import Console, ConsoleError
from client.talk.identity import identity
from client.talk.poll import Poll
from client.talk.report import Reporter
from client.talk.stream import Stream
from client.trust.opening import Opener
from client.trust.pinned import Pinned, Untrusted

log = logging.getLogger("koppel")

POLICY_WITHIN = 60.0  # seconds after a new connection; not all devices of a console ask at once
PATIENCE = 0.8  # seconds that the loops have to end
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Loop(Protocol):
    """What a thread does until the client ends; `wake` makes it look up from its waiting."""

    wake: threading.Event

    def run(self) -> None: ...


def run(state: State, cache_megabytes: int) -> int:
    """Be the client until a signal ends it."""
    known = state.console()
    secret = state.secret()
    if not known:
        raise Problem(f"This device is not enrolled: {state.console_file} is missing. Run enrol first.")
    lock = state.lock()
    try:
        console = Console(known["url"], secret, insecure=known.get("insecure_http", False), identity=identity())
    except ValueError as error:
        raise Problem(str(error)) from error
    journal = open_journal(state, hashlib.sha256(secret.encode()).hexdigest()[:16])
    finished = set(journal.finished())
    for id in finished:
        shutil.rmtree(state.runs / id, ignore_errors=True)
    remove_placed(finished)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    reporter = Reporter(journal, console, stop)
    work = threading.Event()  # the journal has something for the runner
    opener = Opener(journal, console, Pinned(state.keys_file), known["device"])
    policy = Policy(journal, console, opener, reporter, work, stop)
    inventory = Inventory(journal, reporter, stop)
    cache = Cache(state.content, cache_megabytes * 1024**2, lambda: in_use(journal))
    runner = Runner(state, journal, console, reporter, policy, inventory, Contents(cache, console, stop), work, stop)

    def handle(event: str, data: Any) -> None:
        if event == "policy":
            policy.changed()
        elif event == "requests":
            receive(journal, opener, data, runner, reporter)

    def connected(first: bool) -> None:
        reporter.console_is_back()
        journal.console_is_back()
        work.set()
        if not first:  # what was said meanwhile was not heard
            policy.changed(within=POLICY_WITHIN)

    stream = Stream(console, handle, connected, stop)
    loops: list[Loop] = [
        stream,
        Poll(console, handle, connected, stream.live, stop),
        runner,
        reporter,
        policy,
        inventory,
    ]
    log.info("This device is %s; its console is %s.", known["name"], known["url"])
    threads = [threading.Thread(target=keep_going, args=(loop, stop), daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    while not stop.wait(3600):
        with contextlib.suppress(sqlite3.Error):  # later, then
            journal.prune()
    deadline = time.monotonic() + PATIENCE
    for loop in loops:
        loop.wake.set()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    shell.end_all()
    log.info("Ended; what was running goes on, and is found again at the next start.")
    logging.shutdown()
    lock.flush()
    os._exit(0)  # a thread that still waits for the network is left behind: the journal knows everything


def keep_going(loop: Loop, stop: threading.Event) -> None:
    """A fault in a loop must not end it: say what it was and go on."""
    while not stop.is_set():
        try:
            loop.run()
        except (OSError, sqlite3.Error) as error:  # a disk that is full, say
            log.error("The %s waits: %s.", type(loop).__name__.lower(), error)
            stop.wait(2)
        except Exception:
            log.exception("A fault in the client: the %s begins again.", type(loop).__name__.lower())
            stop.wait(5)


def receive(journal: Journal, opener: Opener, data: Any, runner: Runner, reporter: Reporter) -> None:
    """Journal what the console asks and has signed, and refuse the rest; what is no request at all is only logged."""
    asked = data.get("requests") if isinstance(data, dict) else None
    for message in asked if isinstance(asked, list) else []:
        if not isinstance(message, dict) or not UUID.fullmatch(str(message.get("id", ""))):
            log.error("The console sent a request without an id.")
            continue
        try:
            payload = opener.request(message)
        except Untrusted as untrusted:
            log.error("Request %s is refused: %s.", message["id"], untrusted)
            reporter.refuse(message["id"], untrusted.detail)
            continue
        except ConsoleError as error:  # it comes again
            log.warning("Request %s cannot be looked at now: %s", message["id"], error)
            continue
        if message.get("state") == "sent" and journal.result(payload["id"]):
            reporter.refuse(payload["id"], detail(Code.ORDER_REPLAYED))
        kind = journal.receive(payload)
        if kind == "new":
            log.info(
                "Request %s: %s %s.",
                payload["id"],
                payload.get("action"),
                (payload.get("application") or {}).get("name"),
            )
        elif kind == "unreported":
            reporter.wake.set()
    reporter.tell_who_waits()
    runner.wake.set()


def open_journal(state: State, enrolment: str) -> Journal:
    """The journal of this enrolment. One that is damaged, or another enrolment's, is put aside."""
    try:
        journal = Journal(state.journal_file)
        mine = journal.recall("enrolment", enrolment) == enrolment
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise Problem(f"The journal {state.journal_file} cannot be opened: {error}.", 1) from error
        log.error("The journal is damaged (%s) and put aside; what the console knows is settled by detection.", error)
        mine, journal = False, None
    if not mine or journal is None:
        if journal:
            journal.close()
        for end in ("", "-wal", "-shm"):
            path = state.journal_file.with_name(state.journal_file.name + end)
            if path.exists():
                shutil.move(str(path), f"{path}.{time.strftime('%Y%m%d-%H%M%S')}")
        journal = Journal(state.journal_file)
    journal.remember(enrolment=enrolment)
    return journal
