"""A console and a device for the tests of the client."""

import pytest

from .machine import Machine
from .peer import running_peer


@pytest.fixture
def peer():
    with running_peer() as peer:
        yield peer


@pytest.fixture
def machine(tmp_path):
    machine = Machine(tmp_path, {"KOPPEL_RETRY_SECONDS": "0.2"})
    yield machine
    machine.end()


@pytest.fixture
def enrolled(machine, peer):
    """An enrolled device, whose client does not run yet."""
    done = machine.enrol(peer)
    assert done.returncode == 0, done.stderr
    return machine
