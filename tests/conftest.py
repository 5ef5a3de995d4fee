"""What all tests share."""

from pathlib import Path

import pytest

from tests.running import Running

JOURNEYS = Path(__file__).parent / "journeys"


def pytest_collection_modifyitems(items):
    """With `-n 2 --dist loadgroup`: a file at a time for each process; the journeys together, they share a system."""
    for item in items:
        together = JOURNEYS if JOURNEYS in item.path.parents else item.path
        item.add_marker(pytest.mark.xdist_group(str(together)))


@pytest.fixture
def running(transactional_db, tmp_path):
    """Starts real parts on the test database: `running.redis()`, `.stream()`, `.worker()`."""
    running = Running(tmp_path / "koppel")
    yield running
    running.stop()
