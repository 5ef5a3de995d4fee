"""What all tests share."""

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.running import Running

JOURNEYS, ALONE = "tests/journeys/", "tests/journeys/test_accessibility.py"


class Files(LoadScopeScheduling):
    """With `-n 2`: each process takes a file at a time. Journeys go together, because they share a system; but for the
    longest, which is worth a system of its own."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return JOURNEYS if file.startswith(JOURNEYS) and file != ALONE else file


def pytest_xdist_make_scheduler(config, log):
    return Files(config, log)


@pytest.fixture
def running(transactional_db, tmp_path):
    """Starts real parts on the test database: `running.redis()`, `.stream()`, `.worker()`."""
    running = Running(tmp_path / "koppel")
    yield running
    running.stop()
