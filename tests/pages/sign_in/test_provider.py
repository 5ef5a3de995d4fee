"""Single sign-on with a real OpenID Connect provider: who gets in, with which roles, and whom it never becomes."""

from __future__ import annotations

import warnings
from urllib.parse import urlsplit

import pytest
import requests
from django.contrib.auth.models import Group, User
from django.test import Client

from audit.models import AuditEntry
from devices.access import seals
from devices.access.permissions import CHANGE_ROLE, READ_COLLECTION, VIEW_ROLE
from devices.models import RoleSettings
from pages.models import Identity, ProvidedRole
from pages.sign_in.proofs import factors
from pages.sign_in.sessions.confirmation import FRESH
from tests.make import make_collection, make_user
from tests.pages.sign_in.test_confirmation import age

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from oidc_provider_mock import run_server_in_thread

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")]


@pytest.fixture(scope="module")
def provider():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        with run_server_in_thread() as server:
            yield f"http://localhost:{server.server_port}"


@pytest.fixture
def there(provider, settings):
    """Says who somebody is at the provider from now on."""
    settings.KOPPEL_OIDC_ISSUER = provider
    settings.KOPPEL_OIDC_CLIENT_ID = "koppel"
    settings.KOPPEL_OIDC_CLIENT_SECRET = "secret"

    def there(subject: str, **claims) -> None:
        claims.setdefault("preferred_username", subject)
        requests.put(f"{provider}/users/{subject}", json=claims, timeout=10).raise_for_status()

    return there


def led_away(client: Client, path: str = "/sign-in/provider", **form) -> str:
    answer = client.post(path, form)
    assert answer.status_code == 200
    address = answer.headers["Refresh"].partition("url=")[2]
    assert urlsplit(address).path == "/oauth2/authorize"
    return address


def back(address: str, subject: str) -> str:
    """Where the provider leads a browser in which this subject signs in there."""
    answer = requests.post(address, {"sub": subject}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    there = urlsplit(answer.headers["Location"])
    return f"{there.path}?{there.query}"


def sign_in(subject: str, client: Client | None = None, **form):
    client = client or Client()
    return client.get(back(led_away(client, **form), subject))


def role(name: str, group: str = "") -> Group:
    made = Group.objects.create(name=name)
    RoleSettings.objects.create(group=made, provider_group=group)
    seals.seal_role(made)
    return made


def roles(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def reasons() -> list[str]:
    failed = AuditEntry.objects.filter(verb="sign_in_failed").order_by("pk")
    return [each.facts["reason"] for each in failed]


def test_groups_at_the_provider_give_roles_and_take_them_and_what_was_given_by_hand_stays(there, client):
    """R19."""
    role("Staff", "staff"), role("Chiefs", "chiefs")
    by_hand = role("By hand")
    also = role("Also by hand", "staff")
    there("kees", groups=["staff", "unknown", "chiefs"], given_name="Kees", email="kees@example.org")
    answer = sign_in("kees", client, next="/roles/")
    assert answer.headers["Location"] == "/roles/"
    user = User.objects.get(username="kees")
    assert roles(user) == {"Staff", "Chiefs", "Also by hand"}
    assert not user.has_usable_password()
    assert (user.first_name, user.is_superuser, user.is_staff) == ("Kees", False, False)
    ProvidedRole.objects.filter(group=also).delete()  # as if an administrator had given it
    user.groups.add(by_hand)
    there("kees", groups="chiefs")
    sign_in("kees")
    assert roles(user) == {"Chiefs", "By hand", "Also by hand"}
    there("kees", groups=[])
    sign_in("kees")
    assert roles(user) == {"By hand", "Also by hand"}
    told = [each.facts for each in AuditEntry.objects.filter(verb="changed", kind="user").order_by("pk")]
    assert [each["reason"] for each in told] == ["by_provider"] * 3
    assert told[-1]["changes"]["roles"]["old"] == ["Also by hand", "By hand", "Chiefs"]
    assert AuditEntry.objects.filter(verb="signed_in", facts={"by": "provider"}).count() == 3


def test_a_stranger_is_refused_and_nobody_is_taken_over_by_name_or_email(there):
    """R19."""
    role("Staff", "staff")
    RoleSettings.objects.create(group=Group.objects.create(name="Without a group"), provider_group="")
    root = make_user("Root", superuser=True)
    root.email = "root@example.org"
    root.save()
    there("stranger", groups=["", "elsewhere"])
    assert sign_in("stranger").status_code == 403
    there("thief", groups=["staff"], preferred_username="root", email="root@example.org", email_verified=True)
    assert sign_in("thief").status_code == 403
    there("nameless", groups=["staff", "\0", 7, None], preferred_username="a b/../\0", given_name="\0")
    assert sign_in("nameless").status_code == 403
    there("shapeless", groups={"staff": 1}, preferred_username=["x"])
    assert sign_in("shapeless").status_code == 403
    assert User.objects.count() == 1
    assert not Identity.objects.exists()
    assert reasons() == ["provider_stranger", "provider_name_taken", "provider_failed"]  # three a minute
    there("kees", groups=["staff"])
    sign_in("kees")
    User.objects.filter(username="kees").update(is_active=False)
    assert sign_in("kees").status_code == 403


def test_an_answer_that_was_not_asked_for_lets_nobody_in(there, client):
    role("Staff", "staff")
    there("kees", groups=["staff"])
    address = back(led_away(client), "kees")
    assert Client().get(address).headers["Location"] == "/sign-in", "another browser"
    assert client.get(address.replace("state=", "state=x")).status_code == 403
    assert client.get(address).headers["Location"] == "/sign-in", "it was asked once"
    assert client.get(back(led_away(client), "kees").replace("code=", "code=x")).status_code == 403
    assert not User.objects.exists()
    assert set(reasons()) == {"provider_failed"}


def test_a_token_for_another_client_or_of_another_provider_lets_nobody_in(there, client, settings):
    role("Staff", "staff")
    there("kees", groups=["staff"], azp="koppel", aud="another")
    assert sign_in("kees").status_code == 403
    there("kees", groups=["staff"], iss="http://another.example")
    assert sign_in("kees").status_code == 403
    settings.KOPPEL_OIDC_ISSUER = settings.KOPPEL_OIDC_ISSUER.replace("localhost", "127.0.0.1")
    settings.KOPPEL_OIDC_ISSUER += "/nowhere"
    assert client.post("/sign-in/provider").status_code == 403
    assert not User.objects.exists()


def test_a_second_factor_is_asked_for_unless_the_provider_saw_one(there, client):
    RoleSettings.objects.filter(group=role("Staff", "staff")).update(second_factor=True)
    there("kees", groups=["staff"])
    sign_in("kees", client)
    assert client.get("/roles/").headers["Location"] == "/account/", "the role needs one"
    there("kees", groups=["staff"], amr=["pwd", "mfa"])
    other = Client()
    sign_in("kees", other)
    assert other.get("/roles/").status_code == 403, "the page that says what the role shows"
    factors.add(User.objects.get(username="kees"), factors.Kind.TOTP, b"s" * 20)
    there("kees", groups=["staff"])
    assert sign_in("kees").headers["Location"] == "/sign-in/second-step"


def test_an_account_that_is_there_is_linked_by_who_is_signed_in_to_it(there, client):
    role("Staff", "staff")
    user = make_user("k.deboer", password="right")
    client.force_login(user)
    there("kees", groups=["staff"])
    client.get(back(led_away(client, "/account/identity-provider/"), "kees"))
    assert Identity.objects.get().user == user
    assert roles(user) == {"Staff"}
    client.post("/sign-out")
    assert sign_in("kees", client).headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(user.pk)
    other = Client()
    other.force_login(make_user("other"))
    assert other.get(back(led_away(other, "/account/identity-provider/"), "kees")).headers["Location"] == "/account/"
    assert Identity.objects.get().user == user
    client.post("/account/identity-provider/")
    assert roles(user) == set()
    assert not Identity.objects.exists()


def test_a_link_written_into_the_database_lets_nobody_in(there, client):
    role("Staff", "staff")
    there("kees", groups=["staff"])
    sign_in("kees", client)
    chief = make_user("chief", superuser=True)
    Identity.objects.update(user=chief)
    other = Client()
    assert sign_in("kees", other).status_code == 403
    assert "_auth_user_id" not in other.session


def test_the_provider_confirms_who_it_is_only_when_it_asked_just_now(there, client):
    role("Staff", "staff")
    there("kees", groups=["staff"])
    sign_in("kees", client)
    there("else", groups=["staff"])
    for subject, claims in (("kees", {"auth_time": 1}), ("else", {})):
        there(subject, groups=["staff"], **claims)
        age(client, FRESH + 1)
        client.get(back(led_away(client, "/confirm/provider", next="/account/authenticator/"), subject))
        assert client.get("/account/authenticator/").status_code == 302, subject
    there("kees", groups=["staff"])
    answer = client.get(back(led_away(client, "/confirm/provider", next="/account/authenticator/"), "kees"))
    assert answer.headers["Location"] == "/account/authenticator/"
    assert client.get("/account/authenticator/").status_code == 200


def test_without_a_provider_there_is_no_such_door(client):
    assert client.post("/sign-in/provider").status_code == 404
    assert client.get("/sign-in/provider/answer?code=x&state=x").headers["Location"] == "/sign-in"
    assert "Sign in by" not in client.get("/sign-in").text


def test_only_who_may_give_a_role_by_hand_says_which_group_gives_it(there, client):
    """R19."""
    mine = role("Mine")
    manager = make_user("manager", READ_COLLECTION, VIEW_ROLE, CHANGE_ROLE, reads=[make_collection()])
    form = {"name": "Mine", "provider_group": "everybody", "second_factor": "on"}
    client.force_login(manager)
    assert client.post(f"/roles/{mine.pk}/", form).status_code == 302
    kept = RoleSettings.objects.get(group=mine)
    assert (kept.provider_group, kept.second_factor) == ("", True)
    client.force_login(make_user("root", superuser=True))
    client.post(f"/roles/{mine.pk}/", form)
    page = client.get("/roles/").text
    assert "everybody" in page
    assert "Second factor needed" in page
    changes = AuditEntry.objects.filter(kind="role").latest("pk").facts["changes"]
    assert changes == {"provider_group": {"old": "", "new": "everybody"}}
