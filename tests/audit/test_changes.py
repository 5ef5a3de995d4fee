"""The field-by-field difference of which the audit log is made (R20)."""

from datetime import UTC, datetime

import pytest

from audit.changes import MAX_LENGTH, difference, names, state
from devices.models import Device, Site


def test_values_are_kept_as_json_has_them_and_what_is_referred_to_by_its_name():
    site = Site(name="AMS", version="2111", queue_every_action=True)
    device = Device(
        name="LT-1", site=site, memory_mb=8192, inventory_at=datetime(2026, 11, 20, 12, 0, 1, 9, tzinfo=UTC)
    )
    assert state(device, ("name", "site", "memory_mb", "inventory_at", "primary_user")) == {
        "name": "LT-1",
        "site": str(site),
        "memory_mb": 8192,
        "inventory_at": "2026-11-20T12:00:01+00:00",
        "primary_user": None,
    }
    assert state(site, ("queue_every_action",)) == {"queue_every_action": True}


def test_a_long_text_is_cut():
    kept = state(Site(name="x" * 5000), ("name",))["name"]
    assert kept == "x" * MAX_LENGTH + "…"


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"b": {"old": 2, "new": 3}}),
        ({"a": 1}, {"a": 1}, {}),
        (None, {"a": 1}, {"a": {"old": None, "new": 1}}),
        ({"a": [1]}, None, {"a": {"old": [1], "new": None}}),
        (None, {"a": None}, {}),
        ({"a": 1}, {"b": 1}, {"a": {"old": 1, "new": None}, "b": {"old": None, "new": 1}}),
    ],
)
def test_a_difference_has_old_and_new_of_each_field_that_differs(before, after, changes):
    assert difference(before, after) == changes


def test_names_are_in_order():
    assert names([Site(name="B"), Site(name="A")]) == sorted(str(site) for site in (Site(name="A"), Site(name="B")))
