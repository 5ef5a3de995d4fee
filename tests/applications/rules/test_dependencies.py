"""Dependencies (R25): their order, and what is refused."""

from __future__ import annotations

import pytest

from applications.rules.dependencies import first, in_order, problem

NAMES = dict(enumerate("ABCDEFGH", 1))
CHAIN = {number: [number + 1] for number in range(1, 7)}  # A needs B needs … needs G


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({}, []),
        ({1: [2, 3]}, [2, 3]),
        ({1: [3, 2]}, [3, 2]),
        ({1: [2], 2: [3]}, [3, 2]),
        ({1: [2, 3], 2: [4], 3: [4]}, [4, 2, 3]),  # each once
        ({1: [2], 2: [1]}, [2]),  # a circle that got in past the console ends all the same
    ],
)
def test_r25_what_is_needed_comes_first_and_once(needs, expected):
    assert first(needs, 1) == expected


def test_r25_of_those_that_go_together_the_needed_one_comes_first():
    assert in_order({1: [2], 2: [3], 3: [4]}, [1, 4, 2]) == [4, 2, 1]


@pytest.mark.parametrize(
    ("named", "superseded_by", "changed", "said"),
    [
        ({1: [2]}, {}, 1, ""),
        ({1: [2], 2: [1]}, {}, 1, "A → B → A"),
        ({1: [2], 2: [3], 3: [1]}, {}, 3, "C → A → B → C"),
        ({1: [2]}, {2: 1}, 2, "A → A"),  # what it needs is superseded by itself
        ({1: [2], 3: [1]}, {2: 3}, 2, "C → A → C"),  # and by what needs it
        ({number: CHAIN[number] for number in range(1, 6)}, {}, 5, ""),  # five deep
        (CHAIN, {}, 1, "A → B → C → D → E → F → G"),
        (CHAIN, {}, 6, "A → B → C → D → E → F → G"),
        ({1: [2], 3: [4], 4: [5], 5: [6], 6: [7], 7: [8]}, {2: 3}, 2, "A → C → D → E → F → G → H"),
        ({1: [2], 7: [8], 8: [7]}, {}, 1, ""),  # somebody else's
    ],
)
def test_r25_circles_and_what_is_too_deep_are_refused_with_the_whole_chain(named, superseded_by, changed, said):
    found = problem(named, superseded_by, NAMES, changed)
    assert bool(found) == bool(said)
    if found:
        assert said in found.facts.values()
