"""What all tests share."""

import pytest
from django.test import TransactionTestCase
from xdist.scheduler import LoadScopeScheduling

from tests.running import Running

# These start programs of their own, which use the database that DATABASE_URL names.
PROGRAMS = ("tests/journeys/", "tests/console/")
# These look at pages, not at data.
LOOKS = ("tests/journeys/test_accessibility.py", "tests/journeys/test_keyboard.py")
JOURNEYS, ALONE = "tests/journeys/", "tests/journeys/test_accessibility.py"


class Files(LoadScopeScheduling):
    """With `-n 2`: each process takes a file at a time. Journeys go together, because they share a system; but for the
    longest, which is worth a system of its own."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return JOURNEYS if file.startswith(JOURNEYS) and file != ALONE else file


def pytest_addoption(parser):
    parser.addoption(
        "--database-only",
        action="store_true",
        help="leave out what touches no database or looks at pages only, because it says the same on every one",
    )


def pytest_collection_modifyitems(config, items):
    if config.getoption("--database-only"):
        left_out = [item for item in items if not touches_database(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if touches_database(item)]


def touches_database(item) -> bool:
    if item.nodeid.startswith(LOOKS):
        return False
    return (
        item.nodeid.startswith(PROGRAMS)
        or item.get_closest_marker("django_db") is not None
        or bool({"db", "transactional_db"}.intersection(item.fixturenames))
        or (item.cls is not None and issubclass(item.cls, TransactionTestCase))
    )


def pytest_xdist_make_scheduler(config, log):
    return Files(config, log)


@pytest.fixture
def running(transactional_db, tmp_path):
    """Starts real parts on the test database: `running.redis()`, `.stream()`, `.worker()`."""
    running = Running(tmp_path / "koppel")
    yield running
    running.stop()
