"""`make bench`: starts the whole system on a temporary folder, measures it over loopback and prints tables.

On SQLite and the embedded Redis; with DATABASE_URL in a new database of that PostgreSQL server, removed at the end.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.table import Table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", default="signed,click,pages,connects,deliver,files", help="which measurements, separated by commas"
    )
    parser.add_argument("--clients", type=int, default=1000, help="connected while clicking (default: 1000)")
    parser.add_argument("--crowd", type=int, default=10_000, help="connect at once, and get a delivery each")
    parser.add_argument("--devices", type=int, default=100_000, help="in the database, for the pages (default: 100000)")
    parser.add_argument("--megabytes", type=int, default=2048, help="of the file that is uploaded and fetched")
    parser.add_argument("--fetching", type=int, default=200, help="devices that fetch 100 MB at once")
    parser.add_argument("--clicks", type=int, default=60)
    options = parser.parse_args()
    only = set(options.only.split(","))

    from bench.database import scratch_database
    from console.launcher.system import System

    with tempfile.TemporaryDirectory(prefix="koppel-bench-") as folder, scratch_database() as address:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("KOPPEL_")}
        environ |= {"KOPPEL_ENV_FILE": os.devnull, "DATABASE_URL": address, "REDIS_URL": ""}
        with System(Path(folder), environ, demo=False, client=False) as system:
            os.environ.update(system.environ)
            import django

            django.setup()
            for table in measure(system, options, only):
                print(table, flush=True)
    return 0


def measure(system: Any, options: argparse.Namespace, only: set[str]) -> Any:
    from bench import click, connects, deliver, files, fleet, pages, signed
    from bench.browser import Browser

    if "signed" in only:
        yield signed.measure()
    browser = Browser(system.url)
    browser.sign_in("admin", system.password)
    few = max(options.clients, 1000)
    timed("filling", lambda: fleet.fill(few))
    if "files" in only:
        yield files.measure(system, browser, options.megabytes, options.fetching)
    if "click" in only:
        yield click.measure(system, browser, [1, options.clients], options.clicks)
    sizes: list[Table] = []
    if "pages" in only:
        sizes.append(pages.measure(system, browser))
    if "connects" in only:
        yield connects.measure(system, [1000, options.crowd])
    if "deliver" in only:
        timed("filling", lambda: fleet.fill(options.crowd))
        yield deliver.measure(system, options.crowd)
    if "pages" in only:
        timed("filling", lambda: fleet.fill(options.devices))
        sizes.append(pages.measure(system, browser))
        yield pages.beside(sizes)


def timed(what: str, work: Callable[[], object]) -> None:
    began = time.monotonic()
    work()
    print(f"({what}: {time.monotonic() - began:.1f} s)", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
