"""What all tests share."""

import pytest

from tests.running import Running


@pytest.fixture
def running(transactional_db, tmp_path):
    """Starts real parts on the test database: `running.redis()`, `.stream()`, `.worker()`."""
    running = Running(tmp_path / "koppel")
    yield running
    running.stop()
