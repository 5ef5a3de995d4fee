"""R15: a circle of supersedence is refused, and the sentence shows it."""

from hypothesis import given
from hypothesis import strategies as st

from applications.rules.supersedence import circle, problem

NAMES = {1: "A", 2: "B", 3: "C", 4: "D"}


def test_r15_a_chain_is_fine():
    assert circle({2: 3, 3: None}, 1, 2) == []
    assert problem({2: 3}, NAMES, 1, 2) is None


def test_r15_a_circle_is_refused_and_shown():
    said = str(problem({2: 3, 3: 1}, NAMES, 1, 2))
    assert "A → B → C → A" in said


def test_r15_an_application_does_not_supersede_itself():
    assert "itself" in str(problem({}, NAMES, 1, 1))


def test_r15_a_circle_elsewhere_ends_the_search_and_is_nobody_elses_fault():
    assert circle({2: 3, 3: 2}, 1, 2) == []


@given(st.dictionaries(st.integers(1, 6), st.integers(1, 6)), st.integers(1, 6), st.integers(1, 6))
def test_r15_what_is_accepted_leaves_every_chain_with_an_end(wanted, application, by):
    """Edges are added one by one, each only when it is accepted."""
    edges: dict[int, int] = {}
    for older, newer in [*wanted.items(), (application, by)]:
        if (
            problem({k: v for k, v in edges.items() if k != older}, dict.fromkeys(range(1, 7), "x"), older, newer)
            is None
        ):
            edges[older] = newer
    for start in edges:
        steps, at = 0, start
        while at in edges:
            at = edges[at]
            steps += 1
            assert steps <= 6
