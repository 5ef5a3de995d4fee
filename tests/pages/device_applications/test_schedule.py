"""The schedule in two time zones, over the days on which clocks change (R5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from applications.rules.eligibility import Reach
from applications.rules.words import Target, Way
from pages.device_applications.schedule import facts, in_two_zones, zone_of

AMSTERDAM, LONDON, NEW_YORK = ZoneInfo("Europe/Amsterdam"), ZoneInfo("Europe/London"), ZoneInfo("America/New_York")


def said(at: datetime, device: ZoneInfo | None, viewer: ZoneInfo) -> str:
    with timezone.override(viewer):
        return re.sub(r"<[^>]+>", "", in_two_zones(at, device))


@pytest.mark.parametrize(
    ("at", "device", "viewer", "sentence"),
    [
        # a winter and a summer afternoon: one hour between Amsterdam and London, whatever the season
        (
            datetime(2026, 11, 20, 17, 0, tzinfo=UTC),
            AMSTERDAM,
            LONDON,
            "Fri 20 Nov 2026, 18:00 device time (Amsterdam)17:00 your time (London)",
        ),
        (
            datetime(2026, 7, 20, 16, 0, tzinfo=UTC),
            AMSTERDAM,
            LONDON,
            "Mon 20 Jul 2026, 18:00 device time (Amsterdam)17:00 your time (London)",
        ),
        # between the day on which America and the day on which Europe puts the clock back
        (
            datetime(2026, 10, 28, 17, 0, tzinfo=UTC),
            AMSTERDAM,
            NEW_YORK,
            "Wed 28 Oct 2026, 18:00 device time (Amsterdam)13:00 your time (New York)",
        ),
        (
            datetime(2026, 11, 2, 17, 0, tzinfo=UTC),
            AMSTERDAM,
            NEW_YORK,
            "Mon 2 Nov 2026, 18:00 device time (Amsterdam)12:00 your time (New York)",
        ),
        # the hour that exists twice: the same clock time, an hour apart
        (
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            AMSTERDAM,
            AMSTERDAM,
            "Sun 25 Oct 2026, 02:30 device time, and yours",
        ),
        (
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
            AMSTERDAM,
            AMSTERDAM,
            "Sun 25 Oct 2026, 02:30 device time, and yours",
        ),
        # another day for the viewer: the day is said too
        (
            datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
            AMSTERDAM,
            LONDON,
            "Sat 21 Nov 2026, 00:30 device time (Amsterdam)Fri 20 Nov 2026, 23:30 your time (London)",
        ),
        # a device that has not told its zone
        (datetime(2026, 11, 20, 17, 0, tzinfo=UTC), None, LONDON, "Fri 20 Nov 2026, 17:00 your time (London)"),
    ],
)
def test_r5_a_moment_is_said_as_both_clocks_show_it(at, device, viewer, sentence):
    assert said(at, device, viewer) == sentence


def test_r5_a_required_deployment_has_a_deadline_and_an_available_one_has_not():
    required = Reach(1, "Office", Target.DEVICE, Way.REQUIRED, deadline=datetime(2026, 11, 20, 17, tzinfo=UTC))
    assert [name for name, _ in facts(required, AMSTERDAM)] == ["Available from", "Deadline"]
    assert [name for name, _ in facts(Reach(1, "Office", Target.DEVICE, Way.AVAILABLE), None)] == ["Available from"]
    assert [name for name, _ in facts(Reach(1, "Office", Target.DEVICE, Way.APPROVAL), None)] == [
        "Available from",
        "Approval",
    ]
    assert facts(Reach(1, "Office", Target.DEVICE, Way.REQUIRED), None)[1] == ("Deadline", "as soon as possible")


def test_a_zone_that_nobody_knows_is_no_zone():
    assert zone_of("Mars/Olympus") is None
    assert zone_of("") is None
    assert zone_of("Europe/Amsterdam") == AMSTERDAM
