"""What an exit code means is a table (R25)."""

import pytest

from client.act import returncodes


@pytest.mark.parametrize(
    ("code", "table", "meaning"),
    [
        (0, None, "success"),
        (3010, {}, "restart"),
        (1641, None, "restart_started"),
        (1618, None, "retry"),
        (1707, None, "success"),
        (1603, None, "failure"),
        (-9, None, "failure"),
        (0, {"5": "success"}, "failure"),
        (5, {"5": "restart"}, "restart"),
    ],
)
def test_an_exit_code_means_what_the_table_says(code, table, meaning):
    """R25"""
    assert returncodes.meaning(code, table) == meaning


DPKG = "dpkg: error: dpkg frontend lock was locked by another process with pid 31"


@pytest.mark.parametrize(
    ("code", "printed", "locked"),
    [
        (100, "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 31 (apt-get)", True),
        (100, "E: Could not get lock /var/lib/dpkg/lock - open (11: Resource temporarily unavailable)", True),
        (100, "E: Kan de vergrendeling /var/lib/apt/lists/lock niet verkrijgen. Wordt gehouden door proces 9", True),
        (100, "W: slow\nE: Unable to lock the download directory /var/cache/apt/archives/lock", True),
        (2, f"preparing\n{DPKG}\nNote: removing the lock file is always wrong", True),
        (7, "System management is locked by the application with pid 31 (zypper).", True),
        (1, "error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)", True),
        (100, "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)", False),
        (100, "E: Unable to locate package gimpp", False),
        (1, DPKG, False),
        (0, "E: Could not get lock /var/lib/dpkg/lock", False),
    ],
)
def test_r25_a_package_manager_that_waits_for_another_is_busy(code, printed, locked):
    assert returncodes.is_locked(code, printed) == locked
