"""What an exit code means is a table (R25)."""

import pytest

from client.work import returncodes


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
