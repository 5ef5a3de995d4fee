"""Steps at the same moment, each in a thread and on a database connection of its own."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

from django.db import connection


def at_once(*steps: Any) -> list[Any]:
    """What each gave, or the exception that it raised."""
    barrier = Barrier(len(steps))
    answers: list[Any] = [None] * len(steps)

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(30)
            answers[number] = steps[number]()
        except Exception as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers
