"""Every address of the project as anonymous, without a role, as reader, approver, stranger and superuser (R18, R19).

A new address fails here until it stands in the table. The doors of the clients know no users and go by their prefix.
"""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from audit.models import AuditEntry
from tests.pages.walk import World, addresses, make_world

pytestmark = pytest.mark.django_db

# name: (what its argument is, statuses for a reader, an approver, a stranger, a superuser). Anonymous visitors are
# led to the sign-in everywhere, and who has no role sees the page that says so (403), except on OPEN and OWN.
PAGES = {
    "home": ("", 200, 200, 200, 200),
    "home_live": ("", 200, 200, 200, 200),
    "devices:list": ("", 200, 200, 200, 200),
    "devices:live": ("", 200, 200, 200, 200),
    "devices:export": ("", 200, 200, 200, 200),
    "devices:enrol": ("", 403, 403, 403, 200),
    "devices:overview": ("device", 200, 200, 404, 200),
    "devices:device_collections": ("device", 200, 200, 404, 200),
    "devices:edit": ("device", 403, 403, 404, 200),
    "devices:revoke": ("device", 403, 403, 404, 200),
    "devices:enrol_again": ("device", 403, 403, 404, 200),
    "devices:delete": ("device", 403, 403, 404, 200),
    "devices:collections": ("", 200, 200, 200, 200),
    "devices:collection_add": ("kind", 403, 403, 403, 200),
    "devices:collection": ("collection", 200, 200, 404, 200),
    "devices:collection_edit": ("collection", 403, 403, 404, 200),
    "devices:collection_delete": ("collection", 403, 403, 404, 200),
    "devices:people": ("", 200, 200, 200, 200),
    "devices:person_add": ("", 403, 403, 403, 200),
    "devices:people_import": ("", 403, 403, 403, 200),
    "devices:primary_import": ("", 403, 403, 403, 200),
    "devices:person": ("person", 200, 200, 404, 200),
    "devices:person_edit": ("person", 403, 403, 404, 200),
    "devices:person_delete": ("person", 403, 403, 404, 200),
    "devices:sites": ("", 200, 200, 200, 200),
    "devices:site_add": ("", 403, 403, 403, 200),
    "devices:site": ("site", 200, 200, 404, 200),
    "devices:site_edit": ("site", 403, 403, 404, 200),
    "devices:site_delete": ("site", 403, 403, 404, 200),
    "devices:roles": ("", 403, 403, 403, 200),
    "devices:role_add": ("", 403, 403, 403, 200),
    "devices:role": ("role", 403, 403, 403, 200),
    "devices:role_delete": ("role", 403, 403, 403, 200),
    "devices:users": ("", 403, 403, 403, 200),
    "devices:user_add": ("", 403, 403, 403, 200),
    "devices:user": ("user", 403, 403, 403, 200),
    "devices:user_second_factor": ("user", 403, 403, 403, 200),
    "devices:user_password": ("user", 403, 403, 403, 200),
    "applications:device": ("device", 200, 200, 404, 200),
    "applications:live": ("device", 200, 200, 404, 200),
    "applications:export": ("device", 200, 200, 404, 200),
    "applications:device_requests": ("device", 200, 200, 404, 200),
    "applications:requests": ("", 200, 200, 200, 200),
    "applications:requests_export": ("", 200, 200, 200, 200),
    "applications:requests_retry": ("", 403, 302, 403, 302),
    "applications:requests_live": ("", 200, 200, 200, 200),
    "applications:request": ("request", 200, 200, 404, 200),
    "applications:request_live": ("request", 200, 200, 404, 200),
    "applications:list": ("", 200, 200, 200, 200),
    "applications:list_export": ("", 200, 200, 200, 200),
    "applications:create": ("", 403, 403, 403, 200),
    "applications:detail": ("application", 200, 200, 200, 200),
    "applications:edit": ("application", 403, 403, 403, 200),
    "applications:delete": ("application", 403, 403, 403, 200),
    "applications:signature": ("application", 200, 200, 200, 200),
    "applications:group_signature": ("group", 200, 200, 200, 200),
    "applications:create_from_file": ("", 403, 403, 403, 200),
    "applications:type_create": ("application", 403, 403, 403, 200),
    "applications:type_edit": ("type", 403, 403, 403, 200),
    "applications:type_delete": ("type", 403, 403, 403, 200),
    "applications:groups": ("", 200, 200, 200, 200),
    "applications:groups_export": ("", 200, 200, 200, 200),
    "applications:group_create": ("", 403, 403, 403, 200),
    "applications:group": ("group", 200, 200, 200, 200),
    "applications:group_edit": ("group", 403, 403, 403, 200),
    "applications:group_delete": ("group", 403, 403, 403, 200),
    "applications:deployments": ("", 200, 200, 200, 200),
    "applications:deployments_export": ("", 200, 200, 200, 200),
    "applications:deployment_create": ("", 403, 403, 403, 200),
    "applications:deployment": ("deployment", 200, 200, 404, 200),
    "applications:deployment_edit": ("deployment", 403, 403, 404, 200),
    "applications:deployment_delete": ("deployment", 403, 403, 404, 200),
    "console:audit": ("", 403, 403, 403, 200),
    "console:audit_export": ("", 403, 403, 403, 200),
}
# The same for addresses that take only posts, each with an empty one; a GET is answered with 405.
POSTS = {
    "devices:same_machine": ("device", 403, 403, 404, 302),
    "devices:token_withdraw": ("device", 403, 403, 403, 404),
    "applications:act": ("device", 403, 400, 404, 400),
    "applications:cancel": ("request", 403, 302, 404, 302),
    "applications:upload_piece": ("request", 403, 403, 403, 404),
    "applications:upload": ("", 403, 403, 403, 400),
}
# Without a session: the status of a GET for everybody, anonymous visitors included.
OPEN = {
    "signin": (200, 302),
    "second_step": (302, 302),
    "passkey_sign_in": (405, 405),
    "passkey_question": (405, 405),
    "provider_sign_in": (405, 405),
    "provider_answer": (302, 302),
    "signout": (405, 405),
    "theme": (405, 405),
    "set_language": (302, 302),
}
# For who is signed in, whatever their role; 404: the number is that of nothing of theirs.
OWN = {
    "password": 200,
    "confirm": 200,
    "security": 200,
    "session_end": 405,
    "authenticator": 200,
    "passkey_add": 302,  # no passkeys over plain http
    "passkey_options": 405,
    "factor_remove": 404,
    "provider_confirm": 405,
    "provider_link": 404,  # there is no provider
    "recovery_codes": 302,  # none without a second factor
}
# Doors of the clients: (pattern, status without a secret). A session opens none of them.
CLIENTS = "client/"
FREE = {"client/koppel-client.pyz": 200, "client/v1/": 404}

COLUMNS = {"reader": 1, "approver": 2, "stranger": 3, "superuser": 4}


def kind_of(own: str) -> str:
    return "user" if own == "factor_remove" else ""


@pytest.fixture
def world() -> World:
    cache.clear()
    return make_world()


def test_every_address_stands_in_the_table():
    known = {*PAGES, *POSTS, *OPEN, *OWN}
    found = {name for name, path in addresses() if not path.startswith(CLIENTS)}
    assert found - known == set(), "say in the table what each visitor gets there"
    assert known - found == set(), "these are gone"


def visit(client: Client, world: World, *, posts: bool) -> dict[str, int]:
    table = POSTS if posts else PAGES
    ask = client.post if posts else client.get
    return {name: ask(world.address(name, row[0])).status_code for name, row in table.items()}


@pytest.mark.parametrize("visitor", COLUMNS)
def test_a_visitor_with_a_role_gets_what_the_table_says(visitor, world, client):
    client.force_login(world.users[visitor])
    column = COLUMNS[visitor]
    assert visit(client, world, posts=False) == {name: row[column] for name, row in PAGES.items()}
    assert visit(client, world, posts=True) == {name: row[column] for name, row in POSTS.items()}


@pytest.mark.parametrize("visitor", COLUMNS)
def test_what_may_not_be_seen_may_not_be_posted_to_either(visitor, world, client):
    """A forged POST to a page that is 403 or 404 gets the same, or 405; nothing changes by it."""
    client.force_login(world.users[visitor])
    wrong = {}
    for name, row in PAGES.items():
        status = row[COLUMNS[visitor]]
        if status != 200:
            answer = client.post(world.address(name, row[0]), {"confirmed": "yes"})
            if answer.status_code not in (status, 405):
                wrong[name] = answer.status_code
    assert wrong == {}


def test_without_a_role_every_page_is_the_one_that_says_so(world, client):
    client.force_login(world.users["no role"])
    for name, row in (PAGES | POSTS).items():
        for ask in (client.get, client.post):
            answer = ask(world.address(name, row[0]))
            assert answer.status_code == 403, name
            assert "You have no role yet" in answer.text, name


def test_anonymous_visitors_are_led_to_the_sign_in(world, client):
    for name, row in (PAGES | POSTS | {name: (kind_of(name),) for name in OWN}).items():
        address = world.address(name, row[0])
        for ask, back in ((client.get, address), (client.post, "/")):
            answer = ask(address)
            assert answer.status_code == 302, name
            assert answer.headers["Location"] == f"/sign-in?next={back}", name


def test_the_few_open_pages(world, client):
    for column, user in enumerate((None, world.users["no role"])):
        if user:
            client.force_login(user)
        for name, statuses in OPEN.items():
            assert client.get(world.address(name, "")).status_code == statuses[column], name
    for name, status in OWN.items():
        assert client.get(world.address(name, kind_of(name))).status_code == status, name


@pytest.mark.parametrize("visitor", [None, "superuser"])
def test_the_doors_of_clients_take_a_secret_and_no_session(visitor, world, client):
    if visitor:
        client.force_login(world.users[visitor])
    for name, path in addresses():
        if not path.startswith(CLIENTS):
            continue
        address = "/" + path.replace("<uuidstr:request_id>", str(world.seen["request"]))
        address = address.replace("<sha256>", "0" * 64)
        assert "<" not in address, name
        answers = {ask(address, {}, content_type="application/json").status_code for ask in (client.post, client.put)}
        answers.add(client.get(address).status_code)
        expected = {FREE.get(path, 401), 405, *({404} if path == "client/v1/" else ())}
        if name == "client:enrol":  # the way in: it takes a token instead
            expected = {422, 405}
        assert answers <= expected, (name, answers)


def test_what_is_not_permitted_names_the_permission(world, client):
    """R19: in view but not permitted is 403 with the name of the permission."""
    client.force_login(world.users["reader"])
    for name, row in (PAGES | POSTS).items():
        if row[1] == 403:
            ask = client.post if name in POSTS else client.get
            answer = ask(world.address(name, row[0]))
            assert "permission" in answer.text, name
            assert any(app in answer.text for app in ("devices.", "applications.", "console.", "auth.")), name


def test_every_export_is_in_the_audit_log(world, client):
    """R20."""
    client.force_login(world.users["superuser"])
    exports = [name for name in PAGES if name.endswith("export")]
    assert len(exports) >= 7
    for number, name in enumerate(exports, 1):
        assert client.get(world.address(name, PAGES[name][0])).headers["Content-Type"].startswith("text/csv")
        assert AuditEntry.objects.filter(verb="exported").count() == number, name
