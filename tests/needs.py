"""What a test needs from the machine: skipped with the reason when it is missing, failed when CI requires it."""

import os
import shutil
from pathlib import Path

import pytest

REDIS_SERVER = shutil.which("redis-server")
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def need(what: str, found: str | None, missing: str) -> str:
    """`what` is BROWSER, NGINX, POSTGRES or REDIS: with REQUIRE_<what>=1 in the environment, missing is a failure."""
    if found:
        return found
    if os.environ.get(f"REQUIRE_{what}") == "1":
        pytest.fail(f"REQUIRE_{what}=1, but {missing}", pytrace=False)
    pytest.skip(missing)


needs_apt = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("apt-get", "dpkg-deb", "dpkg-query"))),
    reason="only root on a machine with apt can install a Debian package",
)


def chromium() -> str:
    return need("BROWSER", CHROMIUM, "Chromium is not installed (apt install chromium, or set CHROMIUM)")


def system_redis() -> str:
    return need("REDIS", REDIS_SERVER, "redis-server is not installed (apt install redis-server)")


def nginx() -> str:
    return need("NGINX", NGINX, "nginx is not installed (apt install nginx-light)")


def postgres() -> str:
    """The address of a PostgreSQL in which databases may be made: POSTGRES_URL, or DATABASE_URL when it is one."""
    address = os.environ.get("POSTGRES_URL") or os.environ.get("DATABASE_URL", "")
    found = address if address.startswith(("postgres://", "postgresql://")) else None
    return need("POSTGRES", found, "neither POSTGRES_URL nor DATABASE_URL names a PostgreSQL")


def processes_in(folder: Path) -> list[int]:
    """The processes whose command line or environment names this folder (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            except OSError:
                continue
            if os.fsencode(folder) in told and not dead:
                found.append(int(entry.name))
    return found
