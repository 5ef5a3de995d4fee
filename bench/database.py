"""A database for measuring only: SQLite in the temporary folder, or a new one on the server of DATABASE_URL."""

import contextlib
import os
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit


@contextlib.contextmanager
def scratch_database() -> Iterator[str]:
    """Its DATABASE_URL; empty for SQLite."""
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        yield ""
        return
    import psycopg
    from psycopg.sql import SQL, Identifier

    name = f"koppel_bench_{os.getpid()}"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
        finally:
            server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
