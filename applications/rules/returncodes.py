"""What the exit code of an installer means (R25)."""

from __future__ import annotations

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


def problems(table: object) -> list[str]:
    """What is wrong with an edited table of return codes, one sentence each; empty when it is in order."""
    if not isinstance(table, dict) or not table:
        return ["A table of return codes has at least one line: a number and what it means."]
    found = []
    for code, meaning in table.items():
        try:
            number = int(str(code))
        except ValueError:
            found.append(f"“{code}” is not a number.")
            continue
        if not -(2**31) <= number < 2**32:
            found.append(f"{number} is not an exit code: it has more than 32 bits.")
        if meaning not in MEANINGS:
            found.append(f"“{meaning}” is not a meaning; use one of {', '.join(MEANINGS)}.")
    if not found and "success" not in table.values():
        found.append("No code means success, so every installation would fail.")
    return found
