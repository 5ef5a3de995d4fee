"""Attacks on rights and on what the console says: each of these once worked, or was tried and must never work."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, Report
from applications.requests.asking import ask
from applications.requests.claiming import claim
from audit.models import AuditEntry
from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION
from devices.collections.built_in import create_built_in
from devices.models import CollectionRule, DeviceMember, Person
from pages.models import Attempt
from tests import opened
from tests.make import (
    deploy,
    make_application,
    make_approver,
    make_collection,
    make_device,
    make_person,
    make_reader,
    make_report,
    make_request,
    make_site,
    make_user,
)
from tests.pages.author import NO_DEPENDENCIES, RIGHTS, author, type_form

pytestmark = pytest.mark.django_db
SECRET = "5" * 64


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def say(method, path, body=None, secret=SECRET):
    """Speak as the client of a device."""
    data = body if isinstance(body, (str, bytes)) else json.dumps(body)
    headers = {"Authorization": f"Bearer {secret}"}
    return Client().generic(method, f"/client/v1/{path}", data, content_type="application/json", headers=headers)


# What runs as root on a device


def test_who_may_not_change_a_device_cannot_change_what_is_still_looked_after_on_it():
    """A detection script of what was once installed runs on the device every hour, also when nothing deploys it."""
    mine = make_collection("Mine", make_device())
    application = make_application()
    deploy(application, mine)
    elsewhere = make_device("ELSEWHERE")
    make_report(elsewhere, application)
    url = reverse("applications:type_edit", args=[application.pk, application.deployment_types.get().pk])
    answer = author(mine).post(url, type_form(detection_kind="script", detection_script="id"))
    assert answer.status_code == 403, answer.status_code
    assert "ELSEWHERE" not in answer.content.decode()


def test_who_may_not_change_a_device_cannot_change_what_was_asked_for_on_it():
    mine = make_collection("Mine", make_device())
    application = make_application()
    make_request(make_device(), application, action="uninstall")
    url = reverse("applications:type_edit", args=[application.pk, application.deployment_types.get().pk])
    assert author(mine).post(url, type_form()).status_code == 403


def test_a_client_learns_only_of_applications_that_reach_it():
    """Commands may hold licence keys: claiming that everything is installed must not bring them all."""
    device = make_device(secret=SECRET)
    deploy(ours := make_application("Ours"), device)
    theirs = make_application("Theirs")
    found = [{"application": a.pk, "detected": "installed", "version": "1"} for a in (ours, theirs)]
    assert say("POST", "evaluation", {"policy_revision": "", "results": found}).status_code == 200
    told = [entry["application"]["name"] for entry in opened.policy(say("GET", "policy").json())["applications"]]
    assert told == ["Ours"]
    assert not Report.objects.filter(application=theirs).exists()


# Signing in


def test_guessing_a_password_is_slow():
    make_user("k.deboer", password="right")
    guesser = Client()
    for _ in range(10):
        guesser.post("/sign-in", {"username": "k.deboer", "password": "wrong"})
    answer = guesser.post("/sign-in", {"username": "k.deboer", "password": "right"})
    assert answer.status_code == 429
    assert "_auth_user_id" not in guesser.session
    for _ in range(20):
        guesser.post("/sign-in", {"username": "k.deboer", "password": "wrong"})
    failed = AuditEntry.objects.filter(verb="sign_in_failed")
    assert failed.filter(facts={}).count() == 10
    assert failed.filter(facts={"reason": "too_many_attempts"}).count() == 3, "the log cannot be flooded either"


def test_after_a_while_the_right_password_is_right_again():
    make_user("k.deboer", password="right")
    guesser = Client()
    for _ in range(11):
        guesser.post("/sign-in", {"username": "k.deboer", "password": "wrong"})
    Attempt.objects.update(at=timezone.now() - timedelta(minutes=11))
    guesser.post("/sign-in", {"username": "k.deboer", "password": "right"})
    assert "_auth_user_id" in guesser.session


def test_guessing_at_many_names_from_one_address_is_slow_and_elsewhere_nobody_notices():
    make_user("k.deboer", password="right")
    guesser = Client()
    for number in range(50):
        guesser.post("/sign-in", {"username": f"name{number}", "password": "wrong"})
    assert guesser.post("/sign-in", {"username": "k.deboer", "password": "right"}).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    elsewhere.post("/sign-in", {"username": "k.deboer", "password": "right"})
    assert "_auth_user_id" in elsewhere.session


@pytest.mark.parametrize("to", ["foo", "signout", "//evil.example/", "https://evil.example/", "javascript:alert(1)"])
def test_no_address_leads_away_or_breaks_the_page(client, to):
    answer = client.post("/theme", {"theme": "dark", "next": to})
    assert answer.status_code == 302
    assert answer["Location"] in ("/", "foo", "signout")


@pytest.mark.parametrize("path", ["/", "/devices/", "/collections/", "/persons/", "/sites/", "/applications/"])
def test_a_page_of_somebody_signed_in_is_kept_by_no_browser_and_no_proxy(path):
    answer = browser(make_reader(make_collection("", make_device()))).get(path)
    assert "no-store" in answer.headers.get("Cache-Control", "")


# Names and numbers from outside of sight


def test_why_a_device_is_a_member_does_not_name_a_person_out_of_sight():
    boss = make_person("boss", department="Board")
    device = make_device(primary_user=boss)
    collection = make_collection("Board devices")
    query = [{"attribute": "primary_user", "operator": "begins", "value": "b"}]
    rule = CollectionRule.objects.create(collection=collection, kind="query", query=query)
    DeviceMember.objects.create(collection=collection, device=device, rule=rule)
    reader = browser(make_reader(collection))
    for page in (f"/collections/{collection.pk}/", f"/devices/{device.pk}/collections/"):
        answer = reader.get(page)
        assert answer.status_code == 200
        assert "Primary user" in answer.content.decode()
        assert "boss" not in answer.content.decode()


@pytest.mark.parametrize("page", ["?app={pk}", "export", "?app={pk}&ask=install&id={pk}"])
def test_a_collection_out_of_sight_that_reaches_a_device_is_not_named(page):
    device = make_device()
    mine, hidden = make_collection("Mine", device), make_collection("Merger preparations", device)
    application = make_application()
    deploy(application, hidden, "required")
    answer = browser(make_approver(mine)).get(f"/devices/{device.pk}/applications/{page.format(pk=application.pk)}")
    assert answer.status_code == 200
    assert "Merger" not in answer.content.decode()
    shown = browser(make_approver(hidden)).get(f"/devices/{device.pk}/applications/{page.format(pk=application.pk)}")
    assert "Merger" in shown.content.decode()


def test_the_page_that_enrols_names_only_sites_in_sight():
    make_site("SECRET-SITE")
    mine = make_collection("", make_device(site=make_site("AMS")))
    user = make_user("", READ_COLLECTION, "devices.add_device", reads=[mine])
    answer = browser(user).get("/devices/enrol/")
    assert "AMS" in answer.content.decode()
    assert "SECRET-SITE" not in answer.content.decode()


def test_a_refusal_for_a_person_out_of_sight_is_not_in_the_log_of_others():
    person = make_person()
    device = make_device(online=False)
    devices = make_collection("", device)
    device.primary_user = person
    device.save()
    persons = make_collection("", person)
    application = make_application("Pregnancy planner")
    deploy(application, persons, "required")
    browser(make_approver(devices, persons)).post(
        f"/devices/{device.pk}/applications/act",
        {"command": "install", "id": application.pk, "confirmed": "1", "comment": ""},
    )
    assert AuditEntry.objects.get(verb="refused").name.startswith("Pregnancy planner")
    auditor = make_user("", READ_COLLECTION, READ_APPLICATION, "audit.view_auditentry", reads=[devices])
    assert "Pregnancy" not in browser(auditor).get("/audit/").content.decode()


def test_what_goes_with_a_device_is_counted_as_far_as_it_is_in_sight():
    device = make_device()
    mine = make_collection("Mine", device)
    make_collection("Hidden", device)
    make_request(device, make_application(), person=make_person())
    user = make_user("", READ_COLLECTION, READ_APPLICATION, "devices.delete_device", reads=[mine])
    facts = dict(browser(user).get(f"/devices/{device.pk}/delete/").context["facts"])
    assert list(facts.values()) == [0, 1]


# Two roles never add up to more than both


def test_approving_needs_to_read_at_that_very_moment():
    """R17, R18: who lost the right to read a device loses what they asked for on it."""
    from applications.rules.words import Action

    device = make_device()
    collection = make_collection("", device)
    deploy(application := make_application(), collection)
    user = make_approver(collection)
    ask(user, device, application, Action.INSTALL, now=timezone.now())
    user.groups.get().permissions.remove(*user.groups.get().permissions.filter(codename="read_collection"))
    assert claim([device.pk], timezone.now()) == []
    assert device.requests.get().state == "withdrawn"
    assert APPROVE in user.__class__.objects.get(pk=user.pk).get_all_permissions()


# Clients that lie


def test_one_device_cannot_fill_the_console_with_persons():
    make_device(secret=SECRET)
    facts = {"platform": "linux", "os": "Debian 12", "client_version": "2111"}
    for batch in range(4):
        persons = [f"made-up-{batch}-{number}" for number in range(100)]
        assert say("PUT", "inventory", {**facts, "signed_in": persons}).status_code == 200
    assert Person.objects.count() == 200
    assert AuditEntry.objects.filter(verb="created", private=True).count() == 200


def test_two_devices_of_the_longest_name():
    from devices.client_api.enrolment import enrol, new_token

    site, now, name = make_site(), timezone.now(), "x" * 255
    names = [enrol(new_token(site, None, now), f"{number:064x}", name, now).name for number in range(3)]
    assert len(set(names)) == 3
    assert all(len(name) <= 255 for name in names)


def test_a_client_with_a_long_name_can_confirm():
    device = make_device("x" * 255, secret=SECRET)
    request = make_request(device, make_application(), "sent")
    assert say("POST", f"requests/{request.pk}/acknowledge", {}).status_code == 200
    assert len(request.events.get().actor) <= 150


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"platform": NaN}',
        '{"signed_in": ["\\ud800"]}',
        '{"memory_mb": ' + "9" * 5000 + "}",
        b"\xff\xfe{}",
        "null",
        "",
    ],
    ids=["deep list", "deep object", "NaN", "surrogate", "digits", "no UTF-8", "null", "nothing"],
)
def test_what_is_no_message_gets_a_sentence(body):
    make_device(secret=SECRET)
    answer = say("PUT", "inventory", body)
    assert answer.status_code in (400, 422), answer.content
    assert answer.json()["detail"]


def test_a_body_without_end_is_not_written_to_the_disk():
    """Before anybody knows who sends it; Django alone would take as much as there is room."""
    from asgiref.sync import async_to_sync

    from console.asgi import MAX_BYTES, application

    sent, asked = [], 0

    async def receive():
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"x" * 1024**2, "more_body": True}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/client/v1/enrol", "headers": [], "query_string": b""}
    async_to_sync(application)(scope, receive, send)
    assert sent[0]["status"] == 413
    assert asked <= MAX_BYTES // 1024**2 + 1


NEUTRAL = "This name cannot be used. Choose another one."


@pytest.mark.parametrize(
    ("add", "seen", "hidden"),
    [
        ("devices:collection_add", {"name": "Mine"}, {"name": "Secret project"}),
        ("devices:site_add", {"name": "AMS", "version": "2111"}, {"name": "Secret site", "version": "2111"}),
    ],
)
def test_a_name_out_of_sight_is_not_said_to_exist(add, seen, hidden):
    """R19."""
    make_collection("Secret project")
    make_site("Secret site")
    mine = make_collection("Mine", make_device(site=make_site("AMS")))
    rights = ("devices.add_collection", "devices.change_collection", "devices.add_site")
    user = browser(make_user("", READ_COLLECTION, *rights, reads=[mine]))
    answers = [user.post(reverse(add, args=["devices"] if "collection" in add else []), d) for d in (seen, hidden)]
    assert "already exists" in answers[0].text
    assert NEUTRAL not in answers[0].text
    assert "already exists" not in answers[1].text
    assert NEUTRAL in answers[1].text


def test_a_person_out_of_sight_is_not_said_to_exist():
    """R19: who may change one person tries the names of others."""
    make_person("boss")
    colleague, mine = make_person("colleague"), make_person("mine")
    team = make_collection("Team", colleague, mine)
    user = browser(make_user("", READ_COLLECTION, "devices.change_person", reads=[team]))
    url = reverse("devices:person_edit", args=[mine.pk])
    assert NEUTRAL in user.post(url, {"username": "boss"}).text
    assert "already exists" in user.post(url, {"username": "colleague"}).text


def test_what_is_deployed_nowhere_is_for_who_made_it_and_for_who_may_everywhere():
    """R18: not for everyone with a limited role."""
    built_in = create_built_in()
    mine, theirs = make_collection("Mine", make_device()), make_collection("Theirs", make_device())
    maker = author(mine)
    answer = maker.post(reverse("applications:create"), {"name": "Draft", "version": "1", **NO_DEPENDENCIES})
    assert answer.status_code == 302
    draft = Application.objects.get(name="Draft")
    address = reverse("applications:edit", args=[draft.pk])
    other = browser(make_user("", *RIGHTS, reads=[theirs]))
    chief = browser(make_user("", *RIGHTS, reads=[built_in["devices"]]))
    assert maker.get(address).status_code == 200
    assert chief.get(address).status_code == 200
    for refused in (address, reverse("applications:type_create", args=[draft.pk])):
        answer = other.get(refused)
        assert answer.status_code == 403
        assert "Nobody else has deployed" in answer.text
    assert other.post(address, {"name": "Taken over"}).status_code == 403
    assert "Nobody else has deployed" in other.get(reverse("applications:detail", args=[draft.pk])).text
    own = deploy(draft, theirs, created_by_id=other.session["_auth_user_id"])
    assert other.get(address).status_code == 403, "nor by deploying it oneself"
    own.delete()
    deploy(draft, theirs)
    assert other.get(address).status_code == 200
    assert maker.get(address).status_code == 403
