"""The client on the machine of `make run`: enrolled once like any other, and what it leaves running when it ends."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from client.act.supervise import end_group
from client.system import processes

GRACE = 5.0  # seconds for a command to end when it is asked to


def is_enrolled(state: Path) -> bool:
    return all((state / name).exists() for name in ("console.json", "secret", "keys.json"))


def console_moved(state: Path, url: str) -> None:
    """Tells the client when the console listens elsewhere than at its last start."""
    known = processes.read(state / "console.json")
    if known and known.get("url") != url:
        processes.write(state / "console.json", known | {"url": url})


def unfinished(state: Path) -> list[int]:
    """The process groups of commands that the client started and that still run: they outlive it, so that an
    installation is never cut in two because the client ended."""
    found = []
    for folder in (state / "runs").glob("*/*"):
        running: dict[str, Any] | None = processes.read(folder / "running.json")
        if (
            running
            and not (folder / "exit.json").exists()
            and processes.identity(running["pid"]) == running["identity"]
        ):
            found.append(int(running["pid"]))
    return found


def let_finish(state: Path, patience: float, hurry: Callable[[float], bool], say: Callable[[str], None]) -> None:
    """Waits for those commands; ends what still runs after `patience` seconds, or when `hurry` (it waits) says so."""
    deadline = time.monotonic() + patience
    if unfinished(state) and patience:
        say(f"A command of the client still runs; waiting up to {patience:.0f} s for it. Ctrl-C again ends it.")
    while unfinished(state) and time.monotonic() < deadline and not hurry(0.1):
        pass
    for group in unfinished(state):
        end_group(group, GRACE)
    settled = time.monotonic() + GRACE
    while any(processes.is_held(lock) for lock in (state / "runs").glob("*/*/lock")) and time.monotonic() < settled:
        time.sleep(0.05)  # the small process that waited for the command writes down how it ended
