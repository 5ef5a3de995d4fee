"""What the exit code of an installer means (R25)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from applications.rules.problems import Problem
from applications.rules.reasons import gettext_noop as _

MEANINGS = ("success", "restart", "restart_started", "retry", "failure")

DEFAULT_RETURN_CODES = {
    "0": "success",
    "1707": "success",
    "3010": "restart",
    "1641": "restart_started",
    "1618": "retry",
}

# What well-known codes of installers say; shown beside the number.
KNOWN_CODES = {
    126: _("the command cannot be executed"),
    127: _("the command was not found"),
    1602: _("the user cancelled the installation"),
    1603: _("fatal error during installation"),
    1605: _("the product is not installed"),
    1612: _("the installation source is not available"),
    1618: _("another installation is already in progress"),
    1619: _("the installation package could not be opened"),
    1620: _("the installation package is not valid"),
    1625: _("this installation is forbidden by system policy"),
    1633: _("this installation package is not supported on this platform"),
    1638: _("another version of this product is already installed"),
    1641: _("a restart has been started"),
    3010: _("a restart is needed"),
}


def problems(table: object, words: Mapping[str, str] | None = None) -> list[Problem]:
    """What is wrong with an edited table of return codes, one sentence each; empty when it is in order.

    `words`: how the meanings are written there (meaning → word); as they are kept when it is None.
    """
    if not isinstance(table, dict) or not table:
        return [Problem(_("A table of return codes has at least one line: a number and what it means."))]
    found = []
    for code, meaning in table.items():
        try:
            number = int(str(code))
        except ValueError:
            found.append(Problem(_("“%(code)s” is not a number."), {"code": code}))
            continue
        if not -(2**31) <= number < 2**32:
            found.append(Problem(_("%(code)s is not an exit code: it has more than 32 bits."), {"code": str(number)}))
        if meaning not in MEANINGS:
            known = ", ".join(words.values() if words else MEANINGS)
            sentence = _("“%(meaning)s” is not a meaning; use one of %(known)s.")
            found.append(Problem(sentence, {"meaning": meaning, "known": known}))
    if not found and "success" not in table.values():
        found.append(Problem(_("No code means success, so every installation would fail.")))
    return found


def read(text: str, words: Mapping[str, str] | None = None) -> tuple[dict[str, str], list[Problem]]:
    """A table from lines of `code = meaning`, and what is wrong with it; empty lines do not count.

    A meaning may be written as it is kept, or by its word in `words`.
    """
    meanings = {word.lower(): meaning for meaning, word in (words or {}).items()}
    table: dict[str, str] = {}
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        code, equals, meaning = (part.strip() for part in line.partition("="))
        if not equals:
            facts = {"number": number, "line": line.strip()[:100]}
            found.append(
                Problem(
                    _("Line %(number)s, “%(line)s”: write it as code = meaning, for example 3010 = restart."), facts
                )
            )
            continue
        with suppress(ValueError):
            code = str(int(code))  # “007” and “7” are the same code
        if code in table:
            found.append(
                Problem(
                    _("Line %(number)s: code %(code)s stands in the table twice."), {"number": number, "code": code}
                )
            )
        table[code] = meanings.get(meaning.lower(), meaning.lower())
    return table, found or problems(table, words)


def write(table: Mapping[str, str], words: Mapping[str, str] | None = None) -> str:
    """The table as lines of `code = meaning`, to edit; with the meanings by their words."""
    return "\n".join(f"{code} = {(words or {}).get(meaning, meaning)}" for code, meaning in table.items())
