"""Who may open a page at all: anonymous, without a role, with one; and what signing in and out leaves in the log."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User

from audit.models import AuditEntry
from devices.access.permissions import READ_COLLECTION
from tests.make import make_user

pytestmark = pytest.mark.django_db

LIST = "/devices/"


def log(*verbs):
    return list(AuditEntry.objects.filter(verb__in=verbs).order_by("pk"))


def test_anonymous_is_led_to_the_sign_in_and_from_there_to_the_page(client):
    answer = client.get(f"{LIST}?q=x")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=/devices/%3Fq%3Dx"


def test_anonymous_who_posts_comes_back_to_the_start_not_to_an_address_that_only_takes_posts(client):
    answer = client.post("/devices/1/applications/act")
    assert answer.headers["Location"] == "/sign-in?next=/"


def test_a_poll_without_a_session_takes_its_page_to_the_sign_in(client):
    answer = client.get(LIST, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/devices/?q=x"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/devices/%3Fq%3Dx"


def test_without_a_role_every_page_says_which_right_is_missing_and_who_can_give_it(client):
    """R19: superusers and whoever may change roles; only active ones."""
    User.objects.create_superuser("r.kok", email="r.kok@example.org", first_name="Ruud", last_name="Kok")
    User.objects.create_superuser("gone", is_active=False)
    giver = make_user("p.nair", "auth.change_group")
    giver.email = "p.nair@example.org"
    giver.save()
    make_user("only.reads", READ_COLLECTION)
    direct = User.objects.create_user("direct")
    direct.user_permissions.add(Permission.objects.get(codename="change_group"))
    client.force_login(make_user("t.bos"))
    for address in ("/", LIST, "/devices/1/applications/", "/devices/enrol/"):
        answer = client.get(address)
        html = answer.content.decode()
        assert answer.status_code == 403
        assert "You have no role yet" in html
        assert html.count("missing</span>") == 1
        assert "Ruud Kok" in html
        assert "r.kok@example.org" in html
        assert "p.nair@example.org" in html
        assert "direct" in html
        assert "gone" not in html
        assert "only.reads" not in html


def test_a_role_without_a_collection_is_told_from_no_role(client):
    """R19: a role is there; what is missing is the right to read a collection."""
    client.force_login(make_user("t.bos", READ_COLLECTION))
    html = client.get(LIST).content.decode()
    assert "Role of t.bos" in html
    assert "comes with the role" not in html
    assert html.count("missing</span>") == 1


def test_a_group_without_the_right_to_read_is_no_role(client):
    user = make_user("t.bos")
    user.groups.add(Group.objects.create(name="Coffee"))
    client.force_login(user)
    html = client.get(LIST).content.decode()
    assert "comes with the role" in html


def test_a_poll_of_somebody_who_lost_the_role_makes_the_page_load_anew(client):
    client.force_login(make_user())
    answer = client.get(LIST, headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert answer.headers["HX-Refresh"] == "true"


def test_who_has_no_role_can_still_sign_out_and_change_the_password(client):
    client.force_login(make_user())
    assert client.get("/password").status_code == 200
    assert client.post("/theme", {"theme": "dark"}).status_code == 302
    assert client.post("/sign-out").headers["Location"] == "/sign-in"


def test_the_doors_of_the_clients_know_devices_and_not_users(client):
    assert client.get("/client/v1/requests").status_code == 401
    assert client.get("/client/koppel-client.pyz").status_code == 200


def test_every_sign_in_and_sign_out_is_in_the_log(client):
    """R20: who, when, from where."""
    user = make_user("m.deboer", password="long-enough-1")
    client.post("/sign-in", {"username": "m.deboer", "password": "long-enough-1"})
    client.post("/sign-out")
    client.post("/sign-out")  # nobody is signed in: nothing to tell
    came, went = log("signed_in", "signed_out")
    assert (came.user, came.actor, came.address) == (user, "m.deboer", "127.0.0.1")
    assert (went.verb, went.user) == ("signed_out", user)


@pytest.mark.parametrize("typed", ["m.deboer", "nobody", "x" * 500, "with\x00zero\nline", "", "\x00"])
def test_a_failed_sign_in_keeps_the_name_as_typed_and_never_the_password(client, typed):
    make_user("m.deboer", password="long-enough-1")
    assert client.post("/sign-in", {"username": typed, "password": "s3cret-wrong"}).status_code == 200
    (entry,) = log("sign_in_failed")
    assert entry.user is None
    assert len(entry.actor) <= 60
    assert entry.actor[:4] == (typed.replace("\x00", "")[:4] or "?")
    told = f"{entry.actor} {entry.name} {entry.facts}"
    assert "s3cret-wrong" not in told
    assert "\x00" not in told
    assert "\n" not in told


def test_a_changed_password_is_in_the_log_without_the_password(client):
    user = make_user("m.deboer", password="long-enough-1")
    client.force_login(user)
    new = "quite-Another-77"
    client.post("/password", {"old_password": "long-enough-1", "new_password1": new, "new_password2": new})
    (entry,) = log("changed")
    assert entry.user == user
    assert new not in f"{entry.name} {entry.facts}"
