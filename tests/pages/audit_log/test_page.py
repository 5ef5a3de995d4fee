"""The audit log as a page: who sees what of it, search, period, export; and that what happens is in it (R19, R20)."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from applications.requests.asking import ActionRefused, ask, cancel
from applications.requests.claiming import claim
from applications.rules.words import Action
from audit.log import Subject, record
from audit.models import VIEW_AUDIT, AuditEntry
from devices.access.permissions import READ_APPLICATION, READ_COLLECTION
from devices.collections.built_in import create_built_in
from pages.audit_log.wording.details import details_of
from tests.make import (
    deploy,
    make_application,
    make_approver,
    make_collection,
    make_device,
    make_person,
    make_reader,
    make_user,
)
from ui.lists import counting

pytestmark = pytest.mark.django_db

LOG = "/audit/"
Verb, Kind = AuditEntry.Verb, AuditEntry.Kind


def about(name):
    return Subject(Kind.REQUEST, name)


@pytest.fixture
def here():
    return make_collection("Laptops AMS", make_device("LT-AMS-0421"))


@pytest.fixture
def device(here):
    return here.device_members.get().device


def make_auditor(*collections):
    return make_user("", READ_COLLECTION, READ_APPLICATION, VIEW_AUDIT, reads=collections)


def page(client, user, query="", status=200):
    client.force_login(user)
    answer = client.get(f"{LOG}{query}")
    assert answer.status_code == status
    return answer.content.decode()


def test_without_the_permission_the_page_names_it(client, here):
    """R19."""
    assert VIEW_AUDIT in page(client, make_reader(here), status=403)
    assert VIEW_AUDIT in page(client, make_reader(here), "export/", status=403)


def test_an_entry_says_who_what_when_about_what_and_from_where(client, here, device):
    user = make_auditor(here)
    other = make_user("m.deboer")
    record(Verb.ASKED, about("Install: GIMP"), user=other, device=device, address="192.0.2.7", facts={"comment": "Tea"})
    html = page(client, user)
    for told in ("m.deboer", "Asked", "Install: GIMP", "LT-AMS-0421", "192.0.2.7", "Reason given: Tea", "<time"):
        assert told in html


def test_a_stranger_sees_only_what_they_did_themselves(client, here, device):
    """R19: no entry, no count, no search, no export."""
    stranger = make_auditor(make_collection("Laptops EHV", make_device()))
    record(Verb.ASKED, about("Install: GIMP, LT-AMS-0421"), user=make_user(), device=device)
    record(Verb.SIGNED_IN, about("somebody"), user=make_user())
    record(Verb.SIGNED_IN, about("the stranger"), user=stranger)
    record(Verb.ASKED, about("Once in sight: LT-AMS-0421"), user=stranger, device=device)
    for query in ("", "?q=LT-AMS", "?device=LT-AMS", "export/"):
        html = page(client, stranger, query)
        assert "GIMP" not in html
        assert "somebody" not in html
        assert "Once in sight" not in html
    assert "the stranger" in page(client, stranger)


def test_what_somebody_did_with_a_device_stays_theirs_when_the_device_is_gone(client, here, device):
    """R19, R20."""
    user = make_auditor(here)
    for who in (user, make_user()):
        record(Verb.ASKED, about(f"By {who}"), user=who, device=device)
    device.delete()
    html = page(client, user)
    assert f"By {user}" in html
    assert html.count(">By ") == 1


def test_the_log_is_searched_by_kind_and_action_in_the_language_of_the_reader(client, here, device):
    """R6, R20: what stands in the column can be searched, also in English."""
    application = make_application("GIMP")
    deploy(application, here, approval=True)
    ask(make_approver(here), device, application, Action.INSTALL, now=timezone.now())
    record(Verb.CREATED, Subject(Kind.ROLE, "Helpdesk"))
    client.force_login(make_user(superuser=True))
    for text, dutch, found in (
        ("role", False, "Helpdesk"),
        ("rol", True, "Helpdesk"),
        ("role", True, "Helpdesk"),
        ("install", False, "GIMP"),
        ("installeren", True, "GIMP"),
        ("lt-ams", False, "GIMP"),
        ("gimp", False, "GIMP"),
    ):
        html = client.get(f"{LOG}?q={text}", headers={"accept-language": "nl" if dutch else "en"}).content.decode()
        for name in ("Helpdesk", "GIMP 1.0"):
            assert (name in html) is name.startswith(found), text


def test_what_names_a_person_is_only_for_who_did_it_and_superusers(client, here, device):
    record(Verb.CHANGED, about("Primary user: j.visser"), device=device, private=True)
    assert "j.visser" not in page(client, make_auditor(here))
    assert "j.visser" in page(client, make_user(superuser=True))


def test_who_may_look_in_for_all_devices_and_all_persons_sees_every_entry(client, here, device):
    """R19, R20: a site administrator also sees what concerns no device, or names a person."""
    built_in = list(create_built_in().values())
    record(Verb.CHANGED, about("Primary user: j.visser"), device=device, private=True)
    record(Verb.CHANGED, about("Application: GIMP"), user=make_user())
    html = page(client, make_auditor(*built_in))
    assert "j.visser" in html
    assert "GIMP" in html
    html = page(client, make_auditor(*built_in[:1]))
    assert "j.visser" not in html
    assert "GIMP" not in html


def test_the_permission_holds_only_on_the_collections_of_its_own_group(client, here, device):
    """R18: reads the devices here, may look into the log of those there."""
    record(Verb.ASKED, about("Install: GIMP"), device=device)
    user = make_reader(here)
    there = make_collection("Laptops EHV", make_device())
    user.groups.add(make_auditor(there).groups.get())
    assert "GIMP" not in page(client, user)


NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=gimp", "GIMP"),
        ("verb=signed_in", "m.deboer-came"),
        ("verb=signed_in&verb=asked", "m.deboer-came GIMP"),
        ("verb=nonsense", ""),
        ("who=deboer", "m.deboer-came GIMP"),
        ("who=LT-AMS-0421", "joined"),
        ("who=LT-AMS", ""),
        ("device=ams-04", "GIMP joined"),
        ("since=2026-11-20", "m.deboer-came GIMP"),
        ("until=2026-11-20", "GIMP joined"),
        ("since=2026-11-20&until=2026-11-20", "GIMP"),
        ("since=never", ""),
        ("until=9999-12-31", "m.deboer-came GIMP joined"),
        ("q=%00", ""),
        ("since=0001-01-01&until=9999-12-31", "m.deboer-came GIMP joined"),
        ("since=9999-12-31", ""),
        ("until=0001-01-01", ""),
        ("page=99&sort=nonsense", "m.deboer-came GIMP joined"),
    ],
)
def test_the_log_is_searched_and_filtered(client, here, device, query, found):
    """Days are those of the viewer: half past eleven in the evening in UTC is the next day in Amsterdam."""
    user = make_user("m.deboer", superuser=True)
    record(Verb.ENROLLED, about("joined"), actor=device.name, device=device, now=NOW - timedelta(days=2))
    record(Verb.ASKED, about("GIMP"), user=user, device=device, now=NOW - timedelta(hours=2))
    record(Verb.SIGNED_IN, about("m.deboer-came"), user=user, now=NOW)
    client.cookies["tz"] = "Europe/Amsterdam"
    client.force_login(user)
    html = client.get(f"{LOG}?{query}").content.decode()
    for name in ("GIMP", "joined", "m.deboer-came"):
        assert (f">{name}<" in html) is (name in found)


def test_a_log_that_is_too_long_to_count_is_leafed_and_not_counted(client, monkeypatch):
    monkeypatch.setattr(counting, "LIMIT", 60)
    for number in range(70):
        record(Verb.ASKED, about(f"Number {number}"))
    html = page(client, make_user(superuser=True), "?per_page=25")
    assert "1–25, more follow" in html
    assert "export: first 500 of 60+" in html
    html = page(client, make_user(superuser=True), "?per_page=25&page=2")
    assert "26–50, more follow" in html


def test_the_export_is_what_the_list_shows_harmless_and_itself_in_the_log(client, here, device):
    """R4, R20."""
    user = make_auditor(here)
    record(
        Verb.ASKED, about("=cmd|' /C calc'!A0"), device=device, facts={"changes": {"name": {"old": "a", "new": "b"}}}
    )
    rows = list(csv.DictReader(io.StringIO(page(client, user, "export/").removeprefix("\ufeff"))))
    assert rows[0]["About"] == "'=cmd|' /C calc'!A0"
    assert rows[0]["Details"] == "name: a → b"
    entry = AuditEntry.objects.get(verb="exported")
    assert (entry.user, entry.kind) == (user, Kind.AUDIT_LOG)


def test_every_action_is_in_the_log_with_a_way_to_its_request(client, here, device):
    """R20: asked, refused, delivered, cancelled; each with who and from where."""
    application = make_application("GIMP")
    deploy(application, here, approval=True)
    approver, now = make_approver(here), timezone.now()
    request, _ = ask(approver, device, application, Action.INSTALL, now=now, address="192.0.2.7")
    with pytest.raises(ActionRefused):
        ask(approver, device, application, Action.REPAIR, now=now, address="192.0.2.7")
    claim([device.pk], now)
    cancel(approver, request, now=now, address="192.0.2.7")
    html = page(client, make_auditor(here))
    for word in ("Asked", "Refused", "Delivered", "Cancelled"):
        assert f">{word}<" in html
    assert f'href="/requests/{request.pk}/"' in html
    assert html.count("192.0.2.7") == 3
    assert html.count(f">{approver.get_username()}<") == 3


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, ""),
        ({"action": "install", "application": "GIMP", "device": "LT-1", "person": "j.visser", "comment": ""}, ""),
        ({"reason": "no_uninstall_command"}, "No deployment type has an uninstall command"),
        ({"reason": "not_yet_available"}, "Not yet available"),  # the sentence needs a time
        ({"reason": "unheard_of"}, "Unheard of"),
        ({"outcome": "failed", "reason": "still_detected"}, "Failed. Still detected after uninstall"),
        ({"changes": {"queue_all": {"old": False, "new": True}}}, "queue all: no → yes"),
        ({"changes": {"name": {"old": "1", "new": ""}, "x_y": {"old": None, "new": "AMS"}}}, "name: 1 → –; x y: AMS"),
        ({"action": "install", "reason": "request_open"}, "A request was open already"),  # which one is not told
        ({"changes": "odd"}, "changes: odd"),
        ({"import": True, "rows": [1, {"a": 2}]}, "imported: yes. rows: 1, a 2"),
    ],
)  # fmt: skip
def test_facts_are_words(facts, words):
    assert details_of(facts) == words


def test_a_person_of_a_request_is_not_in_the_log(client, here, device):
    """R19: the entry of a request for a person is private, and names nobody anyway."""
    person = make_person("j.visser")
    device.primary_user = person
    device.save()
    people = make_collection("Office", person)
    application = make_application("Mail")
    deploy(application, people)
    approver = make_approver(here, people)
    ask(approver, device, application, Action.INSTALL, now=timezone.now())
    assert AuditEntry.objects.get(verb="asked").private
    assert "Mail" not in page(client, make_auditor(here))


def test_the_page_keeps_its_query_ceiling(client, here, device, django_assert_max_num_queries):
    for number in range(120):
        record(Verb.ASKED, about(f"Number {number}"), device=device)
    client.force_login(make_auditor(here))
    with django_assert_max_num_queries(17):
        client.get(f"{LOG}?per_page=100")
