"""Ends the process groups of a supervisor that died without a word, even by kill -9; standard library only.

Started by console/launcher/processes.py with a pipe as standard input: “+123” is a group to watch, “-123” one that
ended by itself. The end of the input means that the supervisor is gone: what is still watched gets SIGTERM, and
after a while SIGKILL.
"""

import os
import signal
import sys
import time

PATIENCE = 10.0  # seconds between asking and forcing


def send(group: int, number: int) -> bool:
    """Whether somebody is still there; signal 0 only asks."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def main() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)  # only the end of the supervisor ends the watch
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        (groups.add if line[0] == "+" else groups.discard)(group)
    groups = {group for group in groups if send(group, signal.SIGTERM)}
    deadline = time.monotonic() + PATIENCE
    while groups and time.monotonic() < deadline:
        time.sleep(0.1)
        groups = {group for group in groups if send(group, 0)}
    for group in groups:
        send(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
