"""Home: figures in sight of the reader, counted where they are, and nothing invented (R19)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from applications.models import Request
from applications.requests.upkeep import swept
from applications.status import figures
from devices.access.permissions import READ_COLLECTION
from pages.home import chart
from tests.make import (
    deploy,
    make_application,
    make_collection,
    make_device,
    make_person,
    make_reader,
    make_report,
    make_request,
    make_user,
)


@pytest.fixture(autouse=True)
def _forget():
    cache.clear()


@pytest.fixture
def fleet(db):
    class Fleet:
        device, other = make_device("LT-AMS-0421"), make_device("LT-EHV-0001", online=False)
        gimp, zoom = make_application("GIMP"), make_application("Zoom")
        here, there = make_collection("Laptops AMS", device), make_collection("Laptops EHV", other)
        reader, stranger = make_reader(here), make_reader(there)

    now = timezone.now()
    make_report(Fleet.device, Fleet.gimp, "failed")
    make_report(Fleet.device, Fleet.zoom)
    make_request(Fleet.device, Fleet.zoom, "queued")
    make_request(
        Fleet.device, Fleet.gimp, "failed", finished_at=now, reason="exit_code", facts={"exit_code": 1603}
    )  # fmt: skip
    make_request(Fleet.device, Fleet.gimp, "succeeded", finished_at=now)
    deploy(Fleet.gimp, Fleet.here, "required", deadline=now + timedelta(hours=3))
    return Fleet


def home(client, user, address="/", status=200):
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def figure(html, name):
    found = re.search(rf'id="home_{name}">(.*?)</span>', html)
    assert found
    return re.sub(r"<[^>]*>", " ", found[1])


def test_the_figures_are_those_of_the_devices_in_sight(client, fleet):
    html = home(client, fleet.reader)
    assert figure(html, "online") == "1 of 1 device "
    assert figure(html, "open") == "1 1 waits for its device "
    assert figure(html, "failed") == "1 on 1 device "
    assert figure(html, "silent") == "0 no contact "
    assert "Requests per hour, last 24 hours: 1 succeeded, 1 failed" in html
    assert "Exit code 1603" in html
    assert "LT-AMS-0421" in html
    assert "Laptops AMS" in html
    assert re.search(r"Installed <b>1</b>", html)


def test_a_stranger_sees_figures_and_names_of_their_own_devices_only(client, fleet):
    """R19: no list and no count."""
    html = home(client, fleet.stranger)
    assert figure(html, "online") == "0 of 1 device "
    assert figure(html, "open") == "0 0 wait for their device "
    assert figure(html, "failed") == "0 on 0 devices "
    assert "0 succeeded, 0 failed" in html
    for name in ("GIMP", "LT-AMS-0421", "Laptops AMS"):
        assert name not in html
    assert "No failed requests." in html
    assert "No deadline is ahead." in html
    assert "No client has reported anything yet." in html


def test_who_may_not_read_applications_sees_only_devices(client, fleet):
    html = home(client, make_user("", READ_COLLECTION, reads=[fleet.here]))
    assert "Online now" in html
    assert "Requests open" not in html
    assert "GIMP" not in html


def test_what_is_for_a_person_out_of_sight_does_not_count(client, fleet):
    person = make_person("j.visser")
    make_report(fleet.device, fleet.zoom, "failed", person=person)
    make_request(fleet.device, make_application("Mail"), "queued", person=person)
    html = home(client, fleet.reader)
    assert figure(html, "failed").startswith("1 ")
    assert figure(html, "open").startswith("1 ")


def test_the_navigation_says_how_many_requests_are_open(client, fleet):
    number = '1<span class="vh"> open</span></span>'
    assert f'<span class="cnt" id="requests-open">{number}' in home(client, fleet.reader)
    answer = client.get("/live")
    assert f'<span hx-swap-oob="innerHTML:#requests-open">{number}' in answer.text, "each answer brings it along"
    assert '<span class="cnt" id="requests-open"></span>' in home(client, fleet.stranger)


def test_home_is_kept_fresh_and_only_what_changed_is_sent(client, fleet):
    def poll(html):
        found = re.search(r'hx-get="([^"]*)"', html)
        assert found
        return found[1].replace("&amp;", "&")

    address = poll(home(client, fleet.reader))
    home(client, fleet.reader, address, 204)
    Request.objects.filter(state="queued").update(state="running")
    answer = home(client, fleet.reader, address)
    assert 'id="home_open"' in answer
    assert 'id="home_hours"' not in answer
    home(client, fleet.reader, poll(answer), 204)


def test_hours_are_those_of_the_clock_of_the_world_so_none_is_missing_when_it_is_put_back(fleet):
    """In Amsterdam 02:00 to 03:00 comes twice on 26 October 2025: two bars, not one."""
    now = datetime(2025, 10, 26, 3, 30, tzinfo=UTC)
    for at in (datetime(2025, 10, 26, 0, 15, tzinfo=UTC), datetime(2025, 10, 26, 1, 15, tzinfo=UTC)):
        make_request(fleet.device, fleet.gimp, "succeeded", finished_at=at)
    make_request(fleet.device, fleet.gimp, "failed", finished_at=now - timedelta(hours=24))
    with timezone.override("Europe/Amsterdam"):
        hours = figures.per_hour(fleet.reader, now)
    assert len(hours) == 24
    assert [hour.start.hour for hour in hours if hour.done] == [0, 1]
    assert sum(hour.failed for hour in hours) == 0
    assert hours[-1].start == datetime(2025, 10, 26, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("most", "top"), [(0, 3), (3, 3), (4, 6), (7, 15), (16, 30), (56, 60), (61, 150), (1000, 1500)]
)
def test_the_upper_edge_of_the_chart_is_a_round_number(most, top):
    assert chart.top(most) == top


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=24))
def test_a_bar_never_leaves_the_chart(numbers):
    for bar in chart.bars(numbers):
        assert 0 <= float(bar.failed_y) <= float(bar.y) <= 60.01
        assert abs(float(bar.failed_y) + float(bar.failed_height) + float(bar.height) - 60) < 0.02
        assert 0 <= float(bar.x) <= 240 - 7


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=9))
def test_the_parts_of_the_whole_fit_and_none_that_is_there_is_invisible(numbers):
    parts = chart.split(numbers)
    if sum(numbers):
        for (x, width), number in zip(parts, numbers, strict=True):
            assert float(x) + float(width) <= 1000.02
            assert (float(width) > 1) is (number > 0)


def test_home_keeps_its_query_ceiling(client, fleet, django_assert_max_num_queries):
    client.force_login(fleet.reader)
    for number in range(30):
        make_request(fleet.device, make_application(f"A{number}"), "failed", finished_at=timezone.now())
    with django_assert_max_num_queries(23):
        client.get("/")


def test_home_says_that_sweeps_have_stopped_and_only_then(client, fleet):
    """R21."""
    swept(timezone.now() - timedelta(hours=2))
    html = home(client, fleet.reader)
    assert "Lost wake-ups are not being repaired." in html
    swept(timezone.now())
    assert "Lost wake-ups" not in home(client, fleet.reader)
