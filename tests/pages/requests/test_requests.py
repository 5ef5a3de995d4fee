"""The Requests page and the page of one request: what they show, to whom, and how a request is cancelled (R17, R19)."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from applications.models import DeploymentType, Request
from applications.requests.asking import ask, cancel
from applications.requests.from_clients import acknowledge
from applications.requests.results import finish
from applications.requests.schemas import ResultIn, StepIn
from applications.rules.words import Action
from audit.models import AuditEntry
from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION
from tests.make import (
    deploy,
    make_application,
    make_approver,
    make_collection,
    make_device,
    make_person,
    make_reader,
    make_request,
    make_user,
)
from ui.lists import counting

pytestmark = pytest.mark.django_db

LIST = "/requests/"


@pytest.fixture(autouse=True)
def _forget():
    cache.clear()


@pytest.fixture
def fleet():
    """Two devices in two collections; a reader, an approver of the first; a stranger, who reads the second."""

    class Fleet:
        device = make_device("LT-AMS-0421", online=False)
        other = make_device("LT-EHV-0001")
        gimp = make_application("GIMP", version="3.0.6")
        here = make_collection("Laptops AMS", device)
        there = make_collection("Laptops EHV", other)
        reader, approver, stranger = make_reader(here), make_approver(here), make_reader(there)

    deploy(Fleet.gimp, Fleet.here, approval=True)
    return Fleet


def asked(fleet, **facts):
    """A request as an approver asks for it, so with its first event."""
    return ask(
        fleet.approver,
        fleet.device,
        fleet.gimp,
        Action.INSTALL,
        now=timezone.now(),
        address="192.0.2.7",
        **facts,
    )[0]


def page(client, user, address=LIST, status=200, **more):
    client.force_login(user)
    answer = client.get(address, **more)
    assert answer.status_code == status
    return answer.content.decode()


def pill(html, state):
    """The number in the pill of a state."""
    found = re.search(rf'id="pill-{state}".*?<b>([^<]*)</b>', html, re.DOTALL)
    assert found
    return found[1]


def test_a_reader_sees_what_waits_and_for_what(client, fleet):
    request = asked(fleet)
    html = page(client, fleet.reader)
    assert "GIMP" in html
    assert "LT-AMS-0421" in html
    assert "Waits until the device is online; expires" in html
    assert fleet.approver.get_username() in html
    assert reverse("applications:request", args=[request.pk]) in html


def test_a_stranger_sees_neither_the_request_nor_its_number(client, fleet):
    """R19: no list, no count, no search."""
    request = asked(fleet)
    html = page(client, fleet.stranger)
    assert "GIMP" not in html
    assert pill(html, "all") == "0"
    assert "GIMP" not in page(client, fleet.stranger, f"{LIST}?q=LT-AMS")
    page(client, fleet.stranger, f"/requests/{request.pk}/", 404)
    page(client, fleet.stranger, f"/requests/{request.pk}/live", 404)
    assert client.post(f"/requests/{request.pk}/cancel").status_code == 404
    assert Request.objects.get().state == "queued"


def test_without_the_permission_on_applications_the_page_names_it(client, fleet):
    html = page(client, make_user("", READ_COLLECTION, reads=[fleet.here]), status=403)
    assert READ_APPLICATION in html


def test_a_permission_on_applications_holds_only_on_the_collections_of_its_own_group(client, fleet):
    """R18: who may read the devices here and the applications there sees neither request."""
    asked(fleet)
    make_request(fleet.other, fleet.gimp)
    user = make_user("", READ_COLLECTION, reads=[fleet.here])
    user.groups.add(make_user("", READ_APPLICATION, reads=[fleet.there]).groups.get())
    assert pill(page(client, user), "all") == "0"


def test_what_is_for_a_person_is_hidden_from_who_may_not_read_the_person(client, fleet):
    """R18, R19."""
    person = make_person("j.visser")
    make_request(fleet.device, fleet.gimp, person=person)
    assert "j.visser" not in page(client, fleet.reader)
    assert pill(page(client, fleet.reader), "all") == "0"
    html = page(client, make_reader(fleet.here, make_collection("Office", person)))
    assert "j.visser" in html


def test_the_states_are_counted_and_filtered(client, fleet):
    make_request(
        fleet.device, fleet.gimp, "failed", reason="exit_code", facts={"exit_code": 1603}, finished_at=timezone.now()
    )
    make_request(fleet.device, make_application("Blender"), "running", percent=40)
    make_request(fleet.device, make_application("Zoom"), "succeeded")
    html = page(client, fleet.reader)
    assert [pill(html, state) for state in ("all", "open", "running", "failed", "queued")] == ["3", "1", "1", "1", "0"]
    assert "Exit code 1603" in html
    assert 'value="40"' in html
    html = page(client, fleet.reader, f"{LIST}?state=open")
    assert "Blender" in html
    assert "Zoom" not in html
    assert pill(html, "all") == "3"


FOUND = [
    ("q=gim", "GIMP"),
    ("q=ehv", "Zoom"),
    ("q=visser", "Blender"),
    ("q=VISSER", "Blender"),
    ("action=uninstall", "Zoom"),
    ("action=install&action=uninstall", "GIMP Blender Zoom"),
    ("mine=true", "GIMP"),
    ("q=nothing", ""),
    ("state=nonsense", ""),
    ("q=%00", ""),
    ("q=%25", ""),
    ("sort=-device", "GIMP Blender Zoom"),
    ("sort=nonsense&page=9&per_page=7", "GIMP Blender Zoom"),
]


@pytest.mark.parametrize(("query", "found"), FOUND)
def test_the_list_is_searched_and_filtered(client, fleet, query, found):
    person = make_person("j.visser")
    user = make_reader(fleet.here, fleet.there, make_collection("Office", person))
    make_request(fleet.device, fleet.gimp, requested_by=user)
    make_request(fleet.device, make_application("Blender"), person=person)
    make_request(fleet.other, make_application("Zoom"), action="uninstall")
    html = page(client, user, f"{LIST}?{query}")
    for name in ("GIMP", "Blender", "Zoom"):
        assert (name in html) is (name in found)


def test_a_superseded_application_shows_what_is_really_installed(client, fleet):
    """R15."""
    newer = make_application("Paint", version="9")
    make_request(fleet.device, fleet.gimp, target=newer)
    html = page(client, fleet.reader)
    assert "Paint" in html
    assert "instead of GIMP 3.0.6" in html


def test_a_list_that_is_too_long_to_count_says_so_and_can_still_be_leafed(client, fleet, monkeypatch):
    monkeypatch.setattr(counting, "LIMIT", 30)
    for number in range(31):
        make_request(
            fleet.device,
            make_application(f"Application {number:02d}"),
            created_at=timezone.now() - timedelta(hours=number),
        )
    html = page(client, fleet.reader, f"{LIST}?per_page=25")
    assert pill(html, "all") == "30+"
    assert "1–25, more follow" in html
    assert "?sort=device" not in html
    assert "sort=created_at" in html
    assert "&amp;page=2" not in html  # no deeper than what is counted elsewhere
    export = page(client, fleet.reader, "/requests/export/")
    assert len(export.splitlines()) == 32


def test_the_export_is_what_the_list_shows_and_is_in_the_audit_log(client, fleet):
    """R4, R20."""
    make_request(fleet.device, make_application("=cmd"), "failed", reason="exit_code", facts={"exit_code": 1603})
    make_request(fleet.device, fleet.gimp)
    text = page(client, fleet.reader, "/requests/export/?state=failed")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(row["Application"], row["State"], row["Device"]) for row in rows] == [
        ("'=cmd 1.0", "Failed", "LT-AMS-0421")
    ]
    assert AuditEntry.objects.get(verb="exported").user == fleet.reader


def poll_of(html):
    found = re.search(r'hx-get="([^"]*)"', html)
    assert found
    return found[1].replace("&amp;", "&")


def test_the_list_is_kept_fresh_and_only_what_changed_is_sent(client, fleet):
    request, user = asked(fleet), fleet.reader
    other = make_request(fleet.device, make_application("Blender"), "running", percent=10)
    address = poll_of(page(client, user))
    page(client, user, address, 204)
    Request.objects.filter(pk=other.pk).update(percent=60)
    answer = page(client, user, address)
    assert 'value="60"' in answer
    assert f"s{request.pk.hex}" not in answer
    address = poll_of(answer)
    page(client, user, address, 204)
    cancel(fleet.approver, request, now=timezone.now())
    answer = page(client, user, address)
    assert "Cancelled by" in answer
    assert f"s{other.pk.hex}" not in answer
    assert pill(answer, "cancelled") == "1"
    assert "The list has changed" not in answer
    address = poll_of(answer)
    page(client, user, address, 204)
    asked(fleet)
    answer = page(client, user, address)
    assert "The list has changed" in answer
    assert pill(answer, "all") == "3"


def test_a_poll_that_makes_no_sense_is_answered_with_the_present(client, fleet):
    asked(fleet)
    for query in ("", "?seen=x-1.y", "?since=1&seen=" + "0-1." * 500, "?state=nonsense"):
        page(client, fleet.reader, f"/requests/live{query}")
    assert "hx-get" in page(client, fleet.reader, "/requests/live")


def test_a_poll_tells_a_stranger_nothing_of_requests_that_it_names(client, fleet):
    request = asked(fleet)
    html = page(client, fleet.stranger, f"/requests/live?seen={request.pk.hex}-0abc")
    assert "GIMP" not in html
    assert "Waits" not in html


def test_one_request_tells_its_story(client, fleet):
    """R5, R20: who, when, from where; each step, exit code, what it means, output."""
    request = asked(fleet, comment="For the design team")
    now = timezone.now()
    Request.objects.filter(pk=request.pk).update(state="sent", sent_at=now)
    acknowledge(fleet.device, request.pk, now)
    facts = {"name": "MSI 3.0.6", "install_command": "msiexec", "priority": 9, "detection": {}}
    msi = DeploymentType.objects.create(application=fleet.gimp, **facts)
    step = StepIn(
        application=fleet.gimp.pk, deployment_type=msi.pk, reason="exit_code", ran=True,
        exit_code=1603, meaning="failure", detected_before="not_installed", detected="not_installed",
        output="=== MainEngineThread is returning 1603 ===",
    )  # fmt: skip
    result = ResultIn(outcome="failed", reason="exit_code", started_at=now, finished_at=now, steps=[step])
    assert finish(fleet.device, request.pk, result, now) == "failed"
    html = page(client, fleet.reader, f"/requests/{request.pk}/")
    for told in (
        f"By {fleet.approver.get_username()}, from 192.0.2.7",
        "Reason: For the design team",
        "By the client of LT-AMS-0421",
        "Exit code 1603: fatal error during installation",
        "MSI 3.0.6",
        "1603: failure",
        "MainEngineThread is returning 1603",
        "Detection does not find it",
    ):
        assert told in html
    assert "data-poll" not in html  # it is over: nothing changes any more


def test_an_approver_is_asked_and_cancels_with_a_reason(client, fleet):
    """R17: until the client confirmed it."""
    request = asked(fleet)
    address = f"/requests/{request.pk}/"
    html = page(client, fleet.approver, address)
    assert "?ask=cancel" in html
    assert "Expires" in html
    html = page(client, fleet.approver, f"{address}?ask=cancel")
    assert "Cancel this request?" in html
    answer = client.post(f"{address}cancel", {"comment": "Wrong device", "next": address})
    assert answer.headers["Location"] == address
    html = page(client, fleet.approver, address)
    assert f"Cancelled by {fleet.approver.get_username()}: Wrong device" in html
    assert "?ask=cancel" not in html
    entry = AuditEntry.objects.get(verb="cancelled")
    assert entry.user == fleet.approver
    assert entry.facts["comment"] == "Wrong device"


def test_a_reader_is_not_offered_to_cancel_and_is_refused(client, fleet):
    request = asked(fleet)
    html = page(client, fleet.reader, f"/requests/{request.pk}/?ask=cancel")
    assert "Cancel this request?" not in html
    assert 'href="?ask=cancel' not in html
    answer = client.post(f"/requests/{request.pk}/cancel")
    assert answer.status_code == 403
    assert APPROVE in answer.content.decode()


def test_too_late_is_a_sentence(client, fleet):
    request = asked(fleet)
    client.force_login(fleet.approver)
    Request.objects.filter(pk=request.pk).update(state="acknowledged")
    answer = client.post(f"/requests/{request.pk}/cancel", {"next": LIST}, follow=True)
    assert "the client has confirmed the request, so it can no longer be cancelled" in answer.content.decode()
    Request.objects.filter(pk=request.pk).update(state="expired")
    answer = client.post(f"/requests/{request.pk}/cancel", {"next": LIST}, follow=True)
    assert "the request is over already (Expired)" in answer.content.decode()
    assert Request.objects.get().state == "expired"


def test_the_page_of_a_request_is_kept_fresh_until_it_is_over(client, fleet):
    request, user = asked(fleet), fleet.reader
    address = poll_of(page(client, user, f"/requests/{request.pk}/"))
    page(client, user, address, 204)
    cancel(fleet.approver, request, now=timezone.now())
    answer = page(client, user, address)
    assert "Cancelled by" in answer
    assert "hx-get" not in answer


def test_the_list_keeps_its_query_ceiling(client, fleet, django_assert_max_num_queries):
    client.force_login(fleet.reader)
    for number in range(60):
        make_request(fleet.device, make_application(f"Application {number}"), person=None)
    with django_assert_max_num_queries(22):
        client.get(LIST)
    with django_assert_max_num_queries(22):
        client.get(f"{LIST}?q=app&per_page=100")
