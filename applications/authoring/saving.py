"""Saving and deleting, one file per subject: the last check, the audit entry, word to the clients.

Each function is one transaction. What the forms have checked is asked again here, with the rows locked: somebody else
may have saved meanwhile. The caller has asked whether the user may (`scope.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from applications.rules.problems import Problem
from applications.wording.problems import sentence_of

P = ParamSpec("P")
R = TypeVar("R")


class SaveRefused(Exception):
    """It cannot be done; `reasons` are whole sentences in the reader's language."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def one_transaction(write: Callable[P, R]) -> Callable[P, R]:
    """All or nothing; what the database itself refuses becomes a sentence."""

    @wraps(write)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return write(*args, **kwargs)
        except IntegrityError as error:
            raise SaveRefused(
                _("Somebody else saved something at the same moment that this does not fit. Look again first.")
            ) from error

    return inside


def refuse(*problems: Problem | None) -> None:
    """Raise SaveRefused when there are any."""
    reasons = [sentence_of(problem) for problem in problems if problem]
    if reasons:
        raise SaveRefused(*reasons)


def deleted_meanwhile() -> SaveRefused:
    return SaveRefused(_("Somebody else has deleted it meanwhile."))
