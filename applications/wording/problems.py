"""Says in the reader's language what the rules found wrong (`rules/problems.py`)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from applications.rules.problems import Problem


def sentence_of(problem: Problem) -> str:
    return gettext(problem.sentence) % problem.facts


def as_error(problem: Problem) -> ValidationError:
    return ValidationError(sentence_of(problem), code=problem.part or "wrong")
