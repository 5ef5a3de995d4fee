"""Enrolment: this device makes its own secret and tells the console, with a one-time token, the hash of it."""

from __future__ import annotations

import hashlib
import logging
import os
import time

from client.keep.state import Problem, State, make_secret
from client.look.inventory import host_name, inventory
from client.system import processes
from client.talk.backoff import Backoff
from client.talk.connection import Console, ConsoleError, Misaddressed, Unreachable
from client.talk.identity import identity
from client.trust.pinned import Pinned, key_id

log = logging.getLogger("koppel")

TRIES = 4


def enrol(state: State, url: str, token: str, key: str, name: str = "", insecure: bool = False) -> dict[str, str]:
    """Enrol this device and pin the console's key; the same command again, after a lost answer or a crash, ends in the
    same enrolment."""
    try:
        console = Console(url, insecure=insecure, identity=identity())
    except ValueError as error:
        raise Problem(str(error)) from error
    try:
        key_id(key)
    except ValueError as error:
        raise Problem(f"{key} is not the key of a console: copy the whole command that the console shows.") from error
    mark = hashlib.sha256(token.encode()).hexdigest()[:16]
    known = state.console()
    candidate = state.folder / f"secret.{mark}"
    if known and known.get("token") == mark and state.secret_file.exists() and not candidate.exists():
        secret = state.secret()
    else:
        secret = make_secret(candidate)
    body: dict[str, object] = {
        "token": token,
        "secret_hash": hashlib.sha256(secret.encode()).hexdigest(),
        "name": name or host_name(),
        "inventory": inventory(),
    }
    device = _ask(console, body)
    if candidate.exists():
        os.replace(candidate, state.secret_file)
    Pinned(state.keys_file).pin(key)
    known = {"url": console.url, "device": device["device"], "name": device["name"], "token": mark}
    processes.write(state.console_file, {**known, "insecure_http": insecure})
    return device


def _ask(console: Console, body: dict[str, object]) -> dict[str, str]:
    backoff = Backoff()
    for left in reversed(range(TRIES)):
        try:
            return console.call("POST", "/enrol", body).data
        except Misaddressed as error:
            raise Problem(str(error), 1) from error
        except Unreachable as error:
            if not left:
                raise Problem(f"{error} Nothing is lost: give the same command again later.", 1) from error
            pause = backoff.pause(min(error.retry_after, 10))
            log.warning("%s Trying again in %.0f s.", error, pause)
            time.sleep(pause)
        except ConsoleError as error:
            raise Problem(f"The console does not enrol this device: {error}", 1) from error
    raise AssertionError
