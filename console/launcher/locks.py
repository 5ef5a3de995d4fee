"""What one running system has for itself on a machine: its data folder and its port."""

import fcntl
import os
import socket
import time
from pathlib import Path
from typing import IO

from console.configuration.environment import WrongSetting

LEFTOVERS = 15.0  # seconds that the processes of a supervisor that was killed may take to end


def take_folder(data: Path) -> IO[str]:
    """The lock of the data folder, made when it is not there; closing it gives the folder free."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data / "run.lock").open("a+")
    except OSError as error:
        raise WrongSetting(
            f"Koppel cannot write in {data} ({error.strerror}): make it writable, or set KOPPEL_DATA to another folder."
        ) from error
    deadline = time.monotonic() + LEFTOVERS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as error:
            if _alive(_owner(lock)) or time.monotonic() > deadline:
                lock.close()
                raise WrongSetting(f"Koppel already runs on the data in {data}: stop that one first.") from error
        time.sleep(0.1)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def must_be_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except PermissionError as error:
        raise WrongSetting(f"Port {port} needs more rights; choose one from 1024 on: make run PORT=8001") from error
    except OSError as error:
        raise WrongSetting(
            f"Port {port} of {host} cannot be used ({error.strerror}); choose another: make run PORT={port % 65535 + 1}"
        ) from error


def free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as trial:
        trial.bind((host, 0))
        return int(trial.getsockname()[1])


def _owner(lock: IO[str]) -> int:
    """The process that wrote itself into the lock; 0 when none did."""
    lock.seek(0)
    text = lock.read().strip()
    return int(text) if text.isdigit() else 0


def _alive(process: int) -> bool:
    if not process:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
