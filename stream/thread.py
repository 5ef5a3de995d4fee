"""A thread of its own for what blocks (the database, Celery), so that the event loop never waits."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections

P = ParamSpec("P")
R = TypeVar("R")


class Thread:
    """One thread, one piece of work at a time. It keeps its database connection open from one piece to the next."""

    def __init__(self, name: str) -> None:
        self.executor = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Does the work, which must be repeatable: a connection that broke while it was idle costs a second attempt."""
        return await asyncio.get_running_loop().run_in_executor(self.executor, lambda: _twice(work, *args, **kwargs))

    def end(self) -> None:
        """Gives back its connection once what was begun is done; does not wait for that."""
        self.executor.submit(connections.close_all)
        self.executor.shutdown(wait=False)


def _twice(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return work(*args, **kwargs)
    except (InterfaceError, OperationalError):
        connections.close_all()  # those of this thread
    try:
        return work(*args, **kwargs)
    except (InterfaceError, OperationalError):
        connections.close_all()
        raise
