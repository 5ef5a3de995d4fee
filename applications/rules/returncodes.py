"""What the exit code of an installer means (R25): which codes can occur on a platform, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping

from applications.rules.problems import Problem
from applications.rules.reasons import gettext_noop as _

MEANINGS = ("success", "restart", "restart_started", "retry", "failure")
ANY, WINDOWS = "any", "windows"

OF_POSIX = {"0": "success", "102": "restart", "75": "retry"}  # as zypper and sysexits.h say it
OF_WINDOWS = {"0": "success", "1707": "success", "3010": "restart", "1641": "restart_started", "1618": "retry"}
DEFAULTS = {
    ANY: {**OF_WINDOWS, **OF_POSIX},
    "linux": OF_POSIX,
    "macos": OF_POSIX,
    WINDOWS: OF_WINDOWS,
}

# What well-known codes of installers say; shown beside the number.
KNOWN_ON_POSIX = {
    75: _("busy: temporary failure"),
    102: _("a restart is needed"),
    126: _("the command cannot be executed"),
    127: _("the command was not found"),
}
KNOWN_ON_WINDOWS = {
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

# A command that a signal ended has its number, below zero, for an exit code.
SIGNALS = {
    "SIGHUP": -1,
    "SIGINT": -2,
    "SIGQUIT": -3,
    "SIGILL": -4,
    "SIGABRT": -6,
    "SIGFPE": -8,
    "SIGKILL": -9,
    "SIGSEGV": -11,
    "SIGPIPE": -13,
    "SIGALRM": -14,
    "SIGTERM": -15,
}
NAMES = {number: name for name, number in SIGNALS.items()}
MOST_SIGNALS = 64
HEXADECIMAL = re.compile(r"0x[0-9a-f]{1,8}", re.IGNORECASE)


def number_of(text: str, platform: str = ANY) -> int | None:
    """The exit code that is written so, as clients tell it: with a sign. Windows counts to 2³², and writes 0x80070005;
    on others a signal has a name."""
    if text.upper() in SIGNALS and platform != WINDOWS:
        return SIGNALS[text.upper()]
    if HEXADECIMAL.fullmatch(text) and platform in (ANY, WINDOWS):
        number = int(text, 16)
    elif re.fullmatch(r"[+-]?[0-9]{1,20}", text):
        number = int(text)
    else:
        return None
    return number - 2**32 if 2**31 <= number < 2**32 and platform in (ANY, WINDOWS) else number


def written(number: int, platform: str = ANY) -> str:
    """A code as people know it: a signal by its name, of Windows what is below zero as 0x…"""
    if platform not in (ANY, WINDOWS):
        return NAMES.get(number, str(number))
    return f"0x{number + 2**32:08X}" if -(2**31) <= number < -MOST_SIGNALS else str(number)


def told(number: int, platform: str = "") -> str:
    """The same beside its number, where there is more to know than that; of a platform that is not known the number."""
    name = written(number, platform) if platform else str(number)
    return f"{number} ({name})" if name != str(number) else name


def known(number: int, platform: str = "") -> str:
    """What it says, as far as it can on that platform; empty for a code that is not known."""
    on_windows = KNOWN_ON_WINDOWS.get(number, "")  # all of them above 255
    return on_windows if platform == WINDOWS else KNOWN_ON_POSIX.get(number, on_windows)


def can_occur(number: int, platform: str) -> bool:
    if platform in (ANY, WINDOWS):
        return -(2**31) <= number < 2**31
    return -MOST_SIGNALS <= number <= 255


def problems(table: object, words: Mapping[str, str] | None = None, platform: str = ANY) -> list[Problem]:
    """What is wrong with an edited table of return codes, one sentence each; empty when it is in order.

    `words`: how the meanings are written there (meaning → word); as they are kept when it is None.
    """
    if not isinstance(table, dict) or not table:
        return [Problem(_("A table of return codes has at least one line: a number and what it means."))]
    found = []
    for code, meaning in table.items():
        number = number_of(str(code), platform)
        if number is None:
            found.append(Problem(_("“%(code)s” is not a number."), {"code": code}))
        elif not can_occur(number, platform):
            found.append(Problem(NEVER[platform in (ANY, WINDOWS)], {"code": str(number)}))
        elif str(number) != code:
            found.append(Problem(_("%(code)s is kept as %(number)s."), {"code": code, "number": str(number)}))
        if meaning not in MEANINGS:
            known = ", ".join(words.values() if words else MEANINGS)
            sentence = _("“%(meaning)s” is not a meaning; use one of %(known)s.")
            found.append(Problem(sentence, {"meaning": meaning, "known": known}))
    if not found and "success" not in table.values():
        found.append(Problem(_("No code means success, so every installation would fail.")))
    return found


NEVER = {
    True: _("%(code)s is not an exit code: it has more than 32 bits."),
    False: _("%(code)s never occurs there: an exit code is 0 to 255, or a signal such as SIGKILL."),
}


def read(
    text: str, words: Mapping[str, str] | None = None, platform: str = ANY
) -> tuple[dict[str, str], list[Problem]]:
    """A table from lines of `code = meaning`, and what is wrong with it; empty lines do not count.

    A meaning may be written as it is kept, or by its word in `words`. What is the usual table of another platform is
    that of this one.
    """
    meanings = {word.lower(): meaning for meaning, word in (words or {}).items()}
    table: dict[str, str] = {}
    found = []
    for line_number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        code, equals, meaning = (part.strip() for part in line.partition("="))
        if not equals:
            facts = {"number": line_number, "line": line.strip()[:100]}
            found.append(
                Problem(
                    _("Line %(number)s, “%(line)s”: write it as code = meaning, for example 3010 = restart."), facts
                )
            )
            continue
        number = number_of(code, platform)
        kept = code if number is None else str(number)  # “007” and “7” are the same code
        if kept in table:
            facts = {"number": line_number, "code": code}
            found.append(Problem(_("Line %(number)s: code %(code)s stands in the table twice."), facts))
        table[kept] = meanings.get(meaning.lower(), meaning.lower())
    if not found and table in DEFAULTS.values():
        return dict(DEFAULTS[platform]), []
    return table, found or problems(table, words, platform)


def write(table: Mapping[str, str], words: Mapping[str, str] | None = None, platform: str = ANY) -> str:
    """The table as lines of `code = meaning`, to edit; with the meanings by their words."""
    lines = ((number_of(code, platform), code, meaning) for code, meaning in table.items())
    return "\n".join(
        f"{code if number is None else written(number, platform)} = {(words or {}).get(meaning, meaning)}"
        for number, code, meaning in lines
    )
