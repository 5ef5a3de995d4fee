"""The life of a request, and that the rules stay pure."""

import ast
import sys
from pathlib import Path

from applications.rules.lifecycle import CLOSED, MOVES, OPEN, State

RULES = Path("applications/rules")


def test_a_closed_request_never_moves_again():
    assert not any(state in MOVES[verb][0] for verb in MOVES for state in CLOSED)


def test_r17_a_request_can_be_cancelled_only_until_the_client_confirmed_it():
    assert [state for state in OPEN if state in MOVES["cancel"][0]] == [State.QUEUED, State.SENT]


def test_every_state_can_be_reached():
    assert {new for _, new in MOVES.values()} == set(State)


def test_rules_import_nothing_but_the_standard_library_and_each_other():
    for path in RULES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.split(".")[0] in sys.stdlib_module_names or name.startswith("applications.rules"), (
                    path,
                    name,
                )
