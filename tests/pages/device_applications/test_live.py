"""The poll of a device's page: nothing when nothing changed, only what differs when something did."""

import re
from html import unescape

import pytest
from django.db.models import F
from django.urls import reverse

from devices.models import Device
from tests.make import (
    deploy,
    make_application,
    make_approver,
    make_collection,
    make_device,
    make_reader,
    make_report,
    make_request,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    return make_device("LT-AMS-0421")


@pytest.fixture
def everything(device):
    return make_collection("All devices", device)


@pytest.fixture
def applications(everything):
    made = [make_application("GIMP"), make_application("Inkscape")]
    for application in made:
        deploy(application, everything, approval=True)
    return made


@pytest.fixture
def signed_in(client, everything):
    client.force_login(make_approver(everything))
    return client


def poll_of(text):
    """The address and the pause of the poll that a page or an answer carries."""
    element = re.search(r'<div id="poll"[^>]*>', text)[0]
    return unescape(re.search(r'hx-get="([^"]*)"', element)[1]), float(re.search(r"every ([\d.]+)s", element)[1])


def touch(device):
    Device.objects.filter(pk=device.pk).update(revision=F("revision") + 1)


def ids(answer):
    return re.findall(r'<span id="([^"]+)" hx-swap-oob', answer.text)


def test_nothing_changed_is_204(signed_in, device, applications):
    address, seconds = poll_of(signed_in.get(device.get_absolute_url()).text)
    assert seconds == 10
    answer = signed_in.get(address)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "no-store" in answer.headers["Cache-Control"]
    assert "HX-Request" in answer.headers["Vary"]


def test_only_what_differs_is_sent_and_the_next_poll_is_quick_while_something_is_open(signed_in, device, applications):
    gimp, inkscape = applications
    address, _ = poll_of(signed_in.get(device.get_absolute_url()).text)
    make_request(device, gimp, "running", percent=30, progress_text="Copying files")
    touch(device)
    answer = signed_in.get(address)
    assert f"s{gimp.pk}" in ids(answer)
    assert f"s{inkscape.pk}" not in ids(answer)
    assert "pills" in ids(answer)
    assert "banner" not in ids(answer)
    assert "Copying files · 30 %" in answer.text
    assert "GIMP 1.0: Installing" in answer.text
    address, seconds = poll_of(answer.text)
    assert seconds < 1
    assert signed_in.get(address).status_code == 204
    touch(device)
    assert ids(signed_in.get(address)) == ["said"]


def test_the_verdicts_travel_with_the_status(signed_in, device, applications):
    gimp = applications[0]
    address, _ = poll_of(signed_in.get(device.get_absolute_url()).text)
    make_report(device, gimp, "installed")
    touch(device)
    answer = signed_in.get(address)
    assert "it is installed already" in unescape(
        re.search(rf'id="s{gimp.pk}".*?data-no="([^"]*)"', answer.text, re.S)[1]
    )


def test_no_element_of_a_table_is_replaced(signed_in, device, applications):
    address, _ = poll_of(signed_in.get(device.get_absolute_url()).text)
    touch(device)
    answer = signed_in.get(address.replace("seen=", "ignored="))
    assert not re.search(r"<t[dhr][ >]", answer.text)
    assert not re.search(r"<input|<script", answer.text)


def test_the_pane_follows(signed_in, device, applications):
    gimp = applications[0]
    asked = make_request(device, gimp, "sent")
    page = signed_in.get(device.get_absolute_url(), {"app": gimp.pk})
    address, seconds = poll_of(page.text)
    assert seconds < 1
    assert "Cancel the request" in page.text
    type(asked).objects.update(state="acknowledged")
    touch(device)
    answer = signed_in.get(address)
    assert "pane-note" in ids(answer)
    assert "pane-foot" not in ids(answer)
    assert "Cancel the request" not in answer.text


def test_going_offline_shows_in_the_head_and_the_banner(signed_in, device, applications):
    address, _ = poll_of(signed_in.get(device.get_absolute_url()).text)
    Device.objects.filter(pk=device.pk).update(online=False, revision=F("revision") + 1)
    answer = signed_in.get(address)
    assert {"fact-online", "banner"} <= set(ids(answer))
    assert "Offline since" in answer.text


def test_an_application_that_came_is_announced_with_a_way_to_the_list(signed_in, device, everything, applications):
    address, _ = poll_of(signed_in.get(device.get_absolute_url()).text)
    deploy(make_application("New"), everything)
    touch(device)
    assert "The list has changed" in signed_in.get(address).text


def test_a_page_that_is_a_minute_old_is_looked_at_anew(signed_in, device, applications):
    address, _ = poll_of(signed_in.get(device.get_absolute_url()).text)
    assert signed_in.get(re.sub(r"at=\d+", "at=1000", address)).status_code == 200


def test_a_session_that_ended_leads_to_sign_in_and_not_into_the_table(client, device, applications):
    page = f"http://testserver{device.get_absolute_url()}"
    headers = {"HX-Request": "true", "HX-Current-URL": page}
    answer = client.get(reverse("applications:live", args=[device.pk]), headers=headers)
    assert answer.status_code == 401
    assert answer.content == b""
    assert answer.headers["HX-Redirect"] == f"{reverse('signin')}?next={device.get_absolute_url()}"


@pytest.mark.parametrize("query", ["", "since=x&at=x&seen=x", "seen=1-2.3-4.-.--.x-y&n=-1", "seen=" + "9" * 40 + "-0"])
def test_a_poll_that_makes_no_sense_is_answered_with_everything(signed_in, device, applications, query):
    answer = signed_in.get(f"{reverse('applications:live', args=[device.pk])}?{query}")
    assert answer.status_code == 200
    assert "facts" in poll_of(answer.text)[0]


def test_rows_of_other_applications_cannot_be_asked_for(signed_in, device, applications):
    outside = make_application("Outside")
    deploy(outside, make_collection("Elsewhere"))
    answer = signed_in.get(reverse("applications:live", args=[device.pk]), {"seen": f"{outside.pk}-0"})
    assert "Outside" not in answer.text


def test_a_reader_polls_too(client, device, everything, applications):
    client.force_login(make_reader(everything))
    assert client.get(poll_of(client.get(device.get_absolute_url()).text)[0]).status_code == 204


def test_an_unchanged_poll_costs_few_queries(signed_in, device, applications, django_assert_max_num_queries):
    address, _ = poll_of(signed_in.get(device.get_absolute_url()).text)
    with django_assert_max_num_queries(11):
        assert signed_in.get(address).status_code == 204
