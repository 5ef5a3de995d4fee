"""A console and a device for the tests of the client."""

import socket
from types import SimpleNamespace

import pytest

from .machine import Machine
from .peer import running_peer


@pytest.fixture
def peer():
    with running_peer() as peer:
        yield peer


@pytest.fixture
def unused_port():
    """A port on which nobody listens, as far as one can know."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def machine(tmp_path):
    machine = Machine(tmp_path, {"KOPPEL_RETRY_SECONDS": "0.1", "KOPPEL_SETTLE_SECONDS": "0.05"})
    yield machine
    machine.end()


@pytest.fixture
def enrolled(machine, peer):
    """An enrolled device, whose client does not run yet."""
    done = machine.enrol(peer)
    assert done.returncode == 0, done.stderr
    return machine


@pytest.fixture(scope="module")
def working(tmp_path_factory):
    """A device whose client runs and listens, for the tests of a whole file: `peer`, `machine` and `mark(name)`."""
    with running_peer() as peer:
        machine = Machine(
            tmp_path_factory.mktemp("device"),
            {"KOPPEL_RETRY_SECONDS": "0.01", "KOPPEL_SETTLE_SECONDS": "0.05", "KOPPEL_SIGNED_IN": "j.visser"},
        )
        assert machine.enrol(peer).returncode == 0
        machine.start()
        peer.wait(lambda: peer.streams, "the client's stream")
        yield SimpleNamespace(peer=peer, machine=machine, mark=lambda name: machine.marks / name)
        machine.end()
