"""Roles and users: what a role gives and where, and that nobody gives what they do not have (R18–R20)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from audit.models import AuditEntry
from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION
from devices.access.powers import POWERS
from devices.access.ready_made_roles import APPROVER, READER, SITE_ADMINISTRATOR, create_roles
from devices.collections.built_in import create_built_in
from devices.models import CollectionRight, Device
from tests.make import make_collection, make_device, make_user, sealed

pytestmark = pytest.mark.django_db


@pytest.fixture
def built_in():
    made = create_built_in()
    create_roles({kind: collection.pk for kind, collection in made.items()})
    return made


@pytest.fixture
def admin(client, built_in):
    client.force_login(make_user("root", superuser=True))
    return client


def permissions(name):
    found = Group.objects.get(name=name).permissions.select_related("content_type")
    return {f"{p.content_type.app_label}.{p.codename}" for p in found}


def test_the_ready_made_roles(built_in):
    assert permissions(READER) == {READ_COLLECTION, READ_APPLICATION}
    assert permissions(APPROVER) == {READ_COLLECTION, READ_APPLICATION, APPROVE}
    everything = permissions(SITE_ADMINISTRATOR)
    for power in POWERS:
        assert everything.issuperset(power.permissions), power.name
    assert not any(name.startswith(("auth.", "admin.", "sessions.")) for name in everything)
    on = CollectionRight.objects.filter(group__name=SITE_ADMINISTRATOR).values_list("collection__name", flat=True)
    assert set(on) == {"All devices", "All people"}


def test_making_them_again_changes_nothing_that_somebody_changed(built_in):
    Group.objects.get(name=READER).permissions.clear()
    CollectionRight.objects.all().delete()
    made = create_roles({kind: collection.pk for kind, collection in built_in.items()})
    assert made == []
    assert permissions(READER) == set()
    assert not CollectionRight.objects.exists()


def test_a_role_is_made_changed_and_deleted(admin, built_in):
    collection = make_collection("Laptops", make_device("LT-1"))
    data = {"name": "Helpdesk", "powers": ["read_collection", "approve"], "collections": [collection.pk]}
    admin.post(reverse("devices:role_add"), data)
    group = Group.objects.get(name="Helpdesk")
    assert permissions("Helpdesk") == {READ_COLLECTION, APPROVE}
    user = make_user("helper")
    user.groups.add(group)
    assert [device.name for device in Device.objects.visible_to(user)] == ["LT-1"]
    page = admin.get(reverse("devices:role", args=[group.pk])).text
    assert "helper" in page
    admin.post(reverse("devices:role", args=[group.pk]), data | {"powers": ["read_collection", "read_application"]})
    assert permissions("Helpdesk") == {READ_COLLECTION, READ_APPLICATION}
    changes = AuditEntry.objects.get(verb="changed").facts["changes"]
    assert changes == {"permissions": {"old": [APPROVE, READ_COLLECTION], "new": [READ_APPLICATION, READ_COLLECTION]}}
    url = reverse("devices:role_delete", args=[group.pk])
    assert "Accounts have this role." in admin.post(url).text
    user.groups.clear()
    admin.post(url)
    assert not Group.objects.filter(name="Helpdesk").exists()


def test_what_the_page_does_not_show_stays(admin, built_in):
    """Permissions that no power speaks of, and half a power, stay when somebody only changes the name."""
    group = Group.objects.get(name=SITE_ADMINISTRATOR)
    group.permissions.remove(group.permissions.get(codename="delete_site"))
    before = permissions(SITE_ADMINISTRATOR)
    form = admin.get(reverse("devices:role", args=[group.pk])).context["form"]
    assert "sites" not in form.initial["powers"]
    data = {
        "name": "Chief",
        "powers": form.initial["powers"],
        "collections": [c.pk for c in form.initial["collections"]],
    }
    admin.post(reverse("devices:role", args=[group.pk]), data)
    assert permissions("Chief") == before


def test_nobody_gives_what_they_do_not_have(client, built_in):
    mine, other = make_collection("Mine"), make_collection("Other")
    user = make_user(
        "", READ_COLLECTION, "devices.view_collectionright", "devices.change_collectionright", reads=[mine]
    )
    client.force_login(user)
    url = reverse("devices:role_add")
    for powers, collections, sentence in (
        (["read_collection", "approve"], [mine.pk], "you do not have “Approve (applications.approve_application)”"),
        (["read_collection"], [other.pk], "Select a valid choice"),
        (["audit"], [], "you do not have “Read the audit log (audit.view_auditentry)”"),
    ):
        page = client.post(url, {"name": "More", "powers": powers, "collections": collections})
        assert sentence in page.text
        assert not Group.objects.filter(name="More").exists()
    client.post(url, {"name": "Less", "powers": ["read_collection"], "collections": [mine.pk]})
    assert permissions("Less") == {READ_COLLECTION}
    # A role that has more already: they may not change it, and see nothing of what is outside.
    wide = Group.objects.get(name=APPROVER)
    CollectionRight.objects.create(group=wide, collection=other)
    page = client.get(reverse("devices:role", args=[wide.pk])).text
    assert "Other" not in page
    data = {"name": APPROVER, "powers": ["read_collection", "read_application", "approve"], "collections": [mine.pk]}
    for taken in (data, {"name": APPROVER, "powers": ["read_collection"]}, data | {"name": "Renamed"}):
        answer = client.post(reverse("devices:role", args=[wide.pk]), taken)
        assert answer.status_code == 403
        assert "every permission that it gives" in answer.text
    assert permissions(APPROVER) == {READ_COLLECTION, READ_APPLICATION, APPROVE}
    assert CollectionRight.objects.filter(group=wide, collection=other).exists()


def test_a_manager_of_two_collections_cannot_strip_the_role_of_the_site_administrators(client, built_in):
    """R19."""
    mine = [make_collection("One"), make_collection("Two")]
    everything = sorted(permissions(SITE_ADMINISTRATOR))
    manager = make_user("", *everything, reads=mine)
    client.force_login(manager)
    group = Group.objects.get(name=SITE_ADMINISTRATOR)
    page = client.get(reverse("devices:role", args=[group.pk]))
    assert "every permission that it gives" in page.text
    assert "/delete" not in page.text
    for name, data in (("role", {"name": SITE_ADMINISTRATOR}), ("role_delete", {}), ("role", {"name": "Mine"})):
        assert client.post(reverse(f"devices:{name}", args=[group.pk]), data).status_code == 403
    assert client.get(reverse("devices:role_delete", args=[group.pk])).status_code == 403
    group.refresh_from_db()
    assert group.name == SITE_ADMINISTRATOR
    assert sorted(permissions(SITE_ADMINISTRATOR)) == everything
    assert group.collection_rights.count() == 2
    # What lies within what they have is theirs to change.
    less = make_user("", READ_COLLECTION, reads=mine[:1]).groups.get()
    assert client.post(reverse("devices:role", args=[less.pk]), {"name": "Less", "collections": []}).status_code == 302
    assert client.post(reverse("devices:role_delete", args=[less.pk])).status_code == 200, "somebody has it"


def test_two_permissions_of_two_roles_do_not_become_one(client, built_in):
    """Approve on one collection and read on another is not approve on both."""
    first, second = make_collection("First"), make_collection("Second")
    user = make_user(
        "", READ_COLLECTION, APPROVE, "devices.view_collectionright", "devices.change_collectionright", reads=[first]
    )
    user.groups.add(make_user("", READ_COLLECTION, reads=[second]).groups.get())
    client.force_login(sealed(user))
    data = {"name": "Both", "powers": ["read_collection", "approve"], "collections": [first.pk, second.pk]}
    assert "You can only give what you have" in client.post(reverse("devices:role_add"), data).text


def test_who_may_only_look_cannot_change(client, built_in):
    client.force_login(make_user("", READ_COLLECTION, "devices.view_collectionright", reads=[make_collection()]))
    url = reverse("devices:role", args=[Group.objects.get(name=READER).pk])
    page = client.get(url)
    assert page.status_code == 200
    assert page.text.count("disabled") >= len(POWERS)
    assert client.post(url, {"name": "Mine"}).status_code == 403


def test_users_are_made_and_get_roles(admin, built_in):
    reader = Group.objects.get(name=READER)
    data = {"username": "mara", "password1": "correct horse 9", "password2": "correct horse 9", "groups": [reader.pk]}
    assert "match" in admin.post(reverse("devices:user_add"), data | {"password2": "other"}).text
    admin.post(reverse("devices:user_add"), data)
    mara = User.objects.get(username="mara")
    assert mara.check_password("correct horse 9")
    assert list(mara.groups.all()) == [reader]
    url = reverse("devices:user", args=[mara.pk])
    admin.post(url, {"username": "mara", "email": "mara@example.org", "is_active": "on", "groups": []})
    entry = AuditEntry.objects.get(verb="changed")
    assert entry.facts["changes"] == {
        "email": {"old": "", "new": "mara@example.org"},
        "roles": {"old": ["Reader"], "new": []},
    }
    admin.post(
        reverse("devices:user_password", args=[mara.pk]),
        {"new_password1": "another horse 9", "new_password2": "another horse 9"},
    )
    mara.refresh_from_db()
    assert mara.check_password("another horse 9")
    assert "horse" not in "".join(str(facts) for facts in AuditEntry.objects.values_list("facts", flat=True))
    page = admin.get(reverse("devices:users")).text
    assert "mara" in page
    assert "No role" in page


def test_nobody_closes_their_own_account(admin):
    root = User.objects.get(username="root")
    page = admin.post(reverse("devices:user", args=[root.pk]), {"username": "root", "groups": []})
    assert "You cannot close your own account." in page.text
    assert "You cannot take all rights from yourself." in page.text
    root.refresh_from_db()
    assert root.is_active
    assert root.is_superuser


def test_who_may_change_users_but_is_no_superuser_may_not(client, built_in):
    user = make_user("", READ_COLLECTION, "auth.view_user", "auth.change_user", reads=[make_collection()])
    client.force_login(user)
    assert client.get(reverse("devices:users")).status_code == 200
    for name, arguments in (("user_add", []), ("user", [user.pk]), ("user_password", [user.pk])):
        assert client.post(reverse(f"devices:{name}", args=arguments), {"groups": []}).status_code == 403


def test_users_are_searched_sorted_and_filtered_by_role(admin):
    reader = Group.objects.get(name=READER)
    User.objects.create_user("p.bakker", first_name="Piet").groups.add(reader)
    User.objects.create_user("a.visser", last_name="Visser")
    page = reverse("devices:users")

    def shown(query):
        return [user.username for user in admin.get(page, query).context["table"].page.object_list.data]

    assert shown({}) == ["a.visser", "p.bakker", "root"]
    assert shown({"q": "piet"}) == ["p.bakker"]
    assert shown({"role": reader.pk}) == ["p.bakker"]
    assert shown({"sort": "-username"}) == ["root", "p.bakker", "a.visser"]
    assert "None of the accounts fits" in admin.get(page, {"q": "zzz"}).text
    assert f"{page}?role={reader.pk}" in admin.get(reverse("devices:roles")).text
