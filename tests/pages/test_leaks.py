"""Nothing outside a user's collections appears in any list, search, count, export, pane or error (R19)."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from tests.pages.test_every_url import OWN, PAGES
from tests.pages.walk import FRAGMENT, HIDDEN, HIDDEN_SITE, World, make_intruder, make_world

pytestmark = pytest.mark.django_db

# Each of them on every page; what a page does not know it ignores.
QUERIES = (
    "",
    f"?q={FRAGMENT}",
    f"?who={FRAGMENT}&device={FRAGMENT}",
    f"?search={FRAGMENT}",
    "?sort=-signed_in&page=99&per_page=100",
    "?sort=through&status=failed&state=open",
)


@pytest.fixture
def world() -> World:
    cache.clear()
    return make_world()


@pytest.fixture
def intruder(world, client):
    user = make_intruder(world)
    client.force_login(user)
    return user


def leaks(answer, secret=HIDDEN) -> list[str]:
    """Which of the secret names the answer carries."""
    text = answer.content.decode(errors="replace") + str(dict(answer.headers))
    return [name for name in secret if name.lower() in text.lower()]


@pytest.mark.parametrize("query", QUERIES[:3])
def test_a_stranger_finds_nothing_of_the_other_worlds(query, world, client):
    """The world of the reader as well as the hidden one, and the sites of both."""
    client.force_login(world.users["stranger"])
    secret = (*HIDDEN, HIDDEN_SITE, "LT-SEEN-01", "seen.person", "Seen devices", "Seen persons", "AMS 2111")
    found = {}
    for name, row in PAGES.items():
        for hidden in {False, bool(row[0])}:
            answer = client.get(world.address(name, row[0], hidden=hidden) + query)
            if leaks(answer, secret):
                found[name] = leaks(answer, secret)
    assert found == {}


@pytest.mark.parametrize("query", QUERIES)
def test_no_page_of_the_console_names_what_is_hidden(query, world, intruder, client):
    found = {}
    for name, row in PAGES.items():
        answer = client.get(world.address(name, row[0]) + query)
        if leaks(answer):
            found[name] = leaks(answer)
    assert found == {}


def test_no_page_about_something_hidden_says_more_than_that_there_is_nothing(world, intruder, client):
    """The address of a hidden thing and one that never was look the same."""
    found = {}
    for name, row in PAGES.items():
        if row[0] not in ("device", "person", "collection", "request", "deployment"):
            continue
        for ask in (client.get, client.post):
            answer = ask(world.address(name, row[0], hidden=True))
            if leaks(answer) or answer.status_code not in (403, 404, 405):
                found[name] = (answer.status_code, leaks(answer))
    assert found == {}


def test_the_pane_the_question_and_the_poll_name_nothing_hidden(world, intruder, client):
    address = world.address("applications:device", "device")
    listed = client.get(address).context["table"].page.object_list.data
    assert {application.name for application in listed} >= {"Company VPN", "Zoom"}
    for application in listed:
        for query in (
            f"?app={application.pk}",
            f"?ask=install&id={application.pk}",
            f"?ask=uninstall&id={application.pk}",
        ):
            assert leaks(client.get(address + query)) == []
        poll = world.address("applications:live", "device")
        assert leaks(client.get(f"{poll}?app={application.pk}&seen=x-1")) == []
        for action in ("install", "uninstall", "repair", "reinstall", "reevaluate"):
            act = world.address("applications:act", "device")
            answer = client.post(act, {"command": action, "id": application.pk, "confirmed": "yes"}, follow=True)
            assert leaks(answer) == []


def test_a_poll_that_names_hidden_requests_gets_nothing_of_them(world, intruder, client):
    key = str(world.hidden["request"]).replace("-", "")
    assert leaks(client.get(f"/requests/live?seen={key}-0abc")) == []


ROWS = ("form", "rules", "members", "types", "dependency")  # of forms


@pytest.mark.parametrize("save", [{}, {"preview": "1"}])
def test_a_form_that_is_sent_with_hidden_things_names_none_of_them(save, world, intruder, client):
    """Every form, filled with the ids of everything hidden: refused or not, the answer does not tell what they are."""
    hidden = {key: value for key, value in world.hidden.items() if key not in ("application", "type", "group")}
    rules = {
        f"{prefix}-{number}-{name}": value
        for prefix in ROWS
        for number in range(2)
        for name, value in {"kind": "include", "other": hidden["collection"], "device": hidden["device"]}.items()
    }
    sent = {
        **rules,
        **{f"{prefix}-TOTAL_FORMS": "2" for prefix in ROWS},
        **{f"{prefix}-INITIAL_FORMS": "0" for prefix in ROWS},
        "name": "Something new",
        "username": "something.new",
        "version": "2111",
        "kind": "devices",
        "limiting": hidden["collection"],
        "collection": hidden["collection"],
        "collections": hidden["collection"],
        "device": hidden["device"],
        "primary_user": hidden["person"],
        "person": hidden["person"],
        "site": hidden["site"],
        "superseded_by": "",
        "purpose": "available",
        "application": world.seen["application"],
        "direct": "LT-HIDDEN",
        "text": "LT-HIDDEN-7;hidden.perso",
        **save,
    }
    found = {}
    for name, row in PAGES.items():
        if row[1:] != (200, 200, 200, 200) and "delete" not in name and name not in OWN:
            answer = client.post(world.address(name, row[0]), sent)
            if leaks(answer):
                found[name] = leaks(answer)
    assert found == {}
