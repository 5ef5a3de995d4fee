"""What all tests share."""

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.running import Running

JOURNEYS = "tests/journeys/"


class Files(LoadScopeScheduling):
    """With `-n 2`: each process takes a file at a time, and one of them all journeys, because they share a system."""

    def _split_scope(self, nodeid):
        return JOURNEYS if nodeid.startswith(JOURNEYS) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config, log):
    return Files(config, log)


@pytest.fixture
def running(transactional_db, tmp_path):
    """Starts real parts on the test database: `running.redis()`, `.stream()`, `.worker()`."""
    running = Running(tmp_path / "koppel")
    yield running
    running.stop()
