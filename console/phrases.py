"""Says in the reader's language what was written in English: recognised by the sentences that it can be made of."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.utils.translation import gettext

FIELD = re.compile(r"%\((\w+)\)([sd])")


class Phrases:
    """English sentences with named fields, as the catalogue has them; `%(…)s` fits any text and `%(…)d` a number.

    The first that fits a text is taken, so what fits more stands below what fits less.
    """

    def __init__(self, *sentences: str) -> None:
        self._patterns = [(re.compile(_pattern(sentence), re.DOTALL), sentence) for sentence in sentences]

    def said(self, text: str, word: Callable[[str, str], str] = lambda field, value: value) -> str:
        """The text in the reader's language, empty when no sentence fits; `word` says the value of a field."""
        for pattern, sentence in self._patterns:
            if found := pattern.fullmatch(text):
                return _filled(gettext(sentence), found, word)
        return ""


def _filled(sentence: str, found: re.Match[str], word: Callable[[str, str], str]) -> str:
    return FIELD.sub(lambda field: word(field[1], found[field[1]]), sentence)


def _pattern(sentence: str) -> str:
    """A regular expression with a group for each field."""
    pieces, end = [], 0
    for field in FIELD.finditer(sentence):
        fits = r"-?\d+" if field[2] == "d" else r".+?"
        pieces += [re.escape(sentence[end : field.start()]), f"(?P<{field[1]}>{fits})"]
        end = field.end()
    return "".join([*pieces, re.escape(sentence[end:])])
