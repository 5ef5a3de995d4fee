"""What the console writes down of an application after a client reported on it (R9)."""

from __future__ import annotations

from applications.rules.words import INSTALLING_ACTIONS

INSTALLED, NOT_INSTALLED, UNKNOWN = "installed", "not_installed", "unknown"
FAILED, REQUIREMENTS_NOT_MET, RESTART_PENDING = "failed", "requirements_not_met", "restart_pending"


def found_after_request(
    previous: str, action: str, reason: str, succeeded: bool, detected: str | None, restart: bool
) -> str:
    """What is found after an action: detection decides, whatever the exit code says, and only an installation can fail.

    `previous`: what was found before, or empty; `reason`: the code of the step; `detected`: installed, not_installed,
    unknown, or None when detection did not run; `restart`: its return code asked for a restart.
    """
    if detected == INSTALLED:
        return RESTART_PENDING if restart or previous == RESTART_PENDING else INSTALLED
    if reason == REQUIREMENTS_NOT_MET and detected != INSTALLED:
        return REQUIREMENTS_NOT_MET
    if action in INSTALLING_ACTIONS and not succeeded:
        return FAILED
    if detected == NOT_INSTALLED:
        return NOT_INSTALLED
    return previous or NOT_INSTALLED


def found_after_evaluation(previous: str, detected: str, unmet: bool, restart_pending: bool) -> str:
    """What is found after an evaluation: what happened outside Koppel shows; a failed installation stays Failed
    until it is found after all, or asked again.

    `unmet`: a requirement does not hold; `restart_pending`: the device still waits for its restart.
    """
    if detected == INSTALLED:
        return RESTART_PENDING if previous == RESTART_PENDING and restart_pending else INSTALLED
    if detected == UNKNOWN:
        return previous or NOT_INSTALLED
    if unmet:
        return REQUIREMENTS_NOT_MET
    return FAILED if previous == FAILED else NOT_INSTALLED
