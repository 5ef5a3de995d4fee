"""One way to change the query of an address."""

import pytest
from django.http import QueryDict

from ui.address import changed, number


@pytest.mark.parametrize(
    ("query", "without", "changes", "address"),
    [
        ("", (), {}, "?"),
        ("q=gimp&page=3", (), {}, "?q=gimp&page=3"),
        ("q=gimp&page=3", ("page",), {}, "?q=gimp"),
        ("page=3", ("page", "sort"), {}, "?"),
        ("state=open&page=3", ("page",), {"state": "failed"}, "?state=failed"),
        ("state=open&state=failed", (), {"state": "queued"}, "?state=queued"),
        ("state=open&q=gimp", (), {"state": ""}, "?q=gimp"),
        ("state=open&q=gimp", (), {"state": None}, "?q=gimp"),
        ("site=1&site=2", (), {"q": "é & co"}, "?site=1&site=2&q=%C3%A9+%26+co"),
        ("id=1", ("id",), {"id": ["4", "5"]}, "?id=4&id=5"),
        ("id=1", (), {"id": []}, "?"),
    ],
)
def test_a_query_without_some_fields_and_with_others(query, without, changes, address):
    given = QueryDict(query)
    assert changed(given, *without, **changes) == address
    assert given.urlencode() == QueryDict(query).urlencode(), "the query itself stays as it was"


@pytest.mark.parametrize(
    ("text", "found"),
    [("7", 7), ("", 0), ("-7", 0), ("7.0", 0), ("٧", 0), ("x", 0), ("9" * 18, int("9" * 18)), ("9" * 19, 0)],
)
def test_an_id_is_read_from_an_address_and_nothing_else_is(text, found):
    assert number(text) == found
