"""What is found after an action or an evaluation (R9)."""

import pytest

from applications.rules.settle import found_after_evaluation, found_after_request


@pytest.mark.parametrize(
    ("previous", "action", "reason", "succeeded", "detected", "restart", "found"),
    [
        ("", "install", "", True, "installed", False, "installed"),
        ("", "install", "", True, "installed", True, "restart_pending"),
        ("", "install", "not_detected", False, "not_installed", False, "failed"),
        ("", "install", "exit_code", False, "not_installed", False, "failed"),
        ("", "install", "detection_unknown", False, "unknown", False, "failed"),
        ("", "install", "requirements_not_met", False, "not_installed", False, "requirements_not_met"),
        ("", "install", "requirements_not_met", False, None, False, "requirements_not_met"),
        ("installed", "reinstall", "exit_code", False, "installed", False, "installed"),
        ("", "install", "timed_out", False, "installed", False, "installed"),
        ("", "install", "retries_exhausted", False, "installed", False, "installed"),
        ("installed", "uninstall", "", True, "not_installed", False, "not_installed"),
        ("installed", "uninstall", "still_detected", False, "installed", False, "installed"),
        ("installed", "uninstall", "exit_code", False, "not_installed", False, "not_installed"),
        ("installed", "uninstall", "start_failed", False, None, False, "installed"),
        ("installed", "repair", "exit_code", False, "installed", False, "installed"),
        ("installed", "repair", "exit_code", False, "not_installed", False, "not_installed"),
        ("failed", "reevaluate", "", True, "not_installed", False, "not_installed"),
        ("failed", "reevaluate", "", True, "installed", False, "installed"),
        ("installed", "reevaluate", "", True, "not_installed", False, "not_installed"),
        ("failed", "reevaluate", "detection_unknown", False, "unknown", False, "failed"),
    ],
)
def test_r9_detection_decides_and_only_an_installation_fails(
    previous, action, reason, succeeded, detected, restart, found
):
    assert found_after_request(previous, action, reason, succeeded, detected, restart) == found


@pytest.mark.parametrize(
    ("previous", "detected", "unmet", "restart", "found"),
    [
        ("", "installed", False, False, "installed"),
        ("installed", "not_installed", False, False, "not_installed"),
        ("failed", "not_installed", False, False, "failed"),
        ("failed", "installed", False, False, "installed"),
        ("restart_pending", "installed", False, True, "restart_pending"),
        ("restart_pending", "installed", False, False, "installed"),
        ("", "not_installed", True, False, "requirements_not_met"),
        ("requirements_not_met", "not_installed", False, False, "not_installed"),
        ("installed", "unknown", False, False, "installed"),
    ],
)
def test_r9_an_evaluation_shows_what_happened_outside_koppel(previous, detected, unmet, restart, found):
    assert found_after_evaluation(previous, detected, unmet, restart) == found
