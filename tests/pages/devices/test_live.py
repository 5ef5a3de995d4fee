"""All devices keeps itself fresh, and shows the columns that are chosen (R1, R4, R19)."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from devices.models import Device
from tests.make import (
    make_application,
    make_collection,
    make_device,
    make_person,
    make_reader,
    make_report,
    make_user,
    sign_in,
)

pytestmark = pytest.mark.django_db
URL = "/devices/"


@pytest.fixture
def admin(client):
    client.force_login(make_user("admin", superuser=True))
    return client


def make_away(name, **facts):
    """A device of which nothing was heard for days: what its row says does not change from second to second."""
    device = make_device(name, online=False, **facts)
    Device.objects.filter(pk=device.pk).update(last_contact=timezone.now() - timedelta(days=3, hours=1))
    return device


def make_connected(name):
    device = make_device(name, online=True)
    Device.objects.filter(pk=device.pk).update(stream="4f5b1f52-0a1f-4c43-9a93-0f4c5a3d3f11")
    return device


def poll_of(text: str) -> str:
    """Where the page, or an answer to its poll, asks next."""
    return html.unescape(re.search(r'id="poll"[^>]*hx-get="([^"]*)"', text)[1])


def pieces(text: str) -> list[str]:
    return re.findall(r'<span id="([^"]+)" hx-swap-oob', text)


def test_nothing_changed_is_204(admin):
    make_connected("LT-1"), make_away("LT-2")
    assert admin.get(poll_of(admin.get(URL).text)).status_code == 204


def test_only_the_rows_that_differ_are_sent_and_then_nothing(admin):
    first, second = make_away("LT-1"), make_away("LT-2")
    poll = poll_of(admin.get(URL).text)
    sign_in(second, make_person("j.visser"))
    make_report(second, make_application(), "failed")
    answer = admin.get(poll)
    assert "j.visser" in answer.text
    assert "1 failed" in answer.text
    assert f"signed_in-{second.pk}" in pieces(answer.text)
    assert f"signed_in-{first.pk}" not in pieces(answer.text)
    assert admin.get(poll_of(answer.text)).status_code == 204


def test_going_offline_shows_in_the_row_and_in_the_summary(admin):
    device = make_connected("LT-1")
    poll = poll_of(admin.get(URL).text)
    Device.objects.update(online=False, stream=None, last_contact=timezone.now() - timedelta(minutes=2))
    answer = admin.get(poll)
    assert {"sum", f"online-{device.pk}", f"last_contact-{device.pk}"} <= set(pieces(answer.text))
    assert "Offline" in answer.text


def test_a_device_that_came_is_announced_with_a_way_to_the_list(admin):
    make_device("LT-1")
    poll = poll_of(admin.get(f"{URL}?sort=-name&page=1").text)
    make_device("LT-2")
    answer = admin.get(poll)
    assert "The list has changed" in answer.text
    assert 'href="/devices/?sort=-name"' in answer.text


def test_a_poll_tells_a_stranger_nothing_of_devices_that_it_names(client):
    device = make_device("LT-SECRET")
    sign_in(device, make_person("secret.person"))
    client.force_login(make_reader(make_collection("Elsewhere", make_device("LT-1"))))
    answer = client.get(f"{URL}live/?seen={device.pk}-0.999999999999999999999-0.x-1")
    assert answer.status_code == 200
    assert str(device.pk) not in "".join(pieces(answer.text))
    assert "secret" not in answer.text.lower()


def test_an_open_connection_is_contact_now_and_comes_first(admin):
    """R1, R23: however long ago the client said something."""
    device, away = make_connected("LT-1"), make_away("LT-2")
    Device.objects.filter(pk=device.pk).update(last_contact=timezone.now() - timedelta(hours=3))
    Device.objects.filter(pk=away.pk).update(last_contact=timezone.now() - timedelta(hours=2))
    page = admin.get(URL, {"sort": "-last_contact"})
    assert [each.name for each in page.context["table"].page.object_list.data] == ["LT-1", "LT-2"]
    assert f'<span id="last_contact-{device.pk}">now</span>' in page.text


def test_the_chosen_columns_are_shown_exported_and_kept_fresh(admin):
    device = make_away("LT-1", os="Debian 12")
    query = "?col=name&col=os&col=signed_in"
    page = admin.get(URL + query)
    heads = re.findall(r'role="columnheader"[^>]*>.*?</th>', page.text, re.DOTALL)
    assert [re.sub(r"<[^>]*>", " ", head).split(">")[-1].split()[0] for head in heads] == ["Device", "Signed", "OS"]
    lines = b"".join(admin.get(f"{URL}export/{query}")).decode("utf-8-sig").splitlines()
    assert lines[0] == '"Device name","Signed in","OS"'
    sign_in(device, make_person("j.visser"))
    answer = admin.get(poll_of(page.text))
    assert pieces(answer.text) == [f"signed_in-{device.pk}"]


def test_columns_that_make_no_sense_are_all_columns(admin):
    make_device("LT-1")
    assert len(admin.get(f"{URL}?col=nonsense").context["table"].columns) == 10
    assert admin.get(f"{URL}?col=name").context["table"].columns.names() == ["name"]


def test_clearing_the_filters_keeps_the_columns(admin):
    make_device("LT-1")
    assert 'href="?col=name&amp;col=os"' in admin.get(f"{URL}?q=zzz&page=2&col=name&col=os").text
