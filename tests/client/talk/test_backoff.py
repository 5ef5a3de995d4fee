"""Pauses between tries double up to a limit, and begin again after a success."""

from hypothesis import given
from hypothesis import strategies as st

from client.talk.backoff import Backoff


def test_pauses_double_up_to_a_limit_and_begin_again():
    backoff = Backoff(first=1, max_pause=300)
    for ceiling in (1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300):
        assert 0 <= backoff.pause() <= ceiling
    backoff.reset()
    assert backoff.pause() <= 1
    assert 60 <= backoff.pause(at_least=60) <= 62


@given(st.integers(0, 200))
def test_a_pause_has_an_end(failures):
    backoff = Backoff()
    backoff.failures = failures
    assert backoff.pause() <= 300
