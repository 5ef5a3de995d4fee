"""A permission holds on the collections of the same group, and on what is limited to them (R18, R19)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.exceptions import PermissionDenied
from django.utils.translation import override

from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION
from devices.access.powers import in_words
from devices.access.ready_made_roles import create_roles
from devices.access.rights import require
from devices.collections.built_in import create_built_in
from devices.models import CollectionRight, Device, Person
from devices.models.collection import collections_of, has_role
from tests.make import make_approver, make_collection, make_device, make_person, make_reader, make_user

pytestmark = pytest.mark.django_db


def test_r18_a_right_on_a_collection_includes_the_collections_limited_to_it_however_deep():
    top = make_collection("Top")
    middle = make_collection("Middle", limiting=top)
    deep = make_collection("Deep", limiting=middle)
    make_collection("Elsewhere")
    assert collections_of(make_reader(top), READ_COLLECTION) == {top.pk, middle.pk, deep.pk}
    assert collections_of(make_reader(deep), READ_COLLECTION) == {deep.pk}


def test_r18_a_device_or_person_is_in_sight_through_a_readable_collection_only():
    seen, unseen, person = make_device(), make_device(), make_person()
    here, there, people = make_collection("", seen), make_collection("", unseen), make_collection("", person)
    user = make_reader(here)
    assert list(Device.objects.visible_to(user)) == [seen]
    assert not Person.objects.visible_to(user).exists()
    assert list(Person.objects.visible_to(make_reader(people))) == [person]
    assert list(Device.objects.visible_to(make_reader(there))) == [unseen]


def test_r18_two_roles_do_not_add_up_to_more_than_both():
    everywhere, office = make_collection("", make_device()), make_collection("", make_device())
    user = make_approver(office)
    reader = Group.objects.create(name="Reads everywhere")
    reader.permissions.add(*Permission.objects.filter(codename__in=("read_collection", "read_application")))
    for collection in (everywhere, office):
        CollectionRight.objects.create(group=reader, collection=collection)
    user.groups.add(reader)
    assert collections_of(user, READ_COLLECTION) == {everywhere.pk, office.pk}
    assert collections_of(user, APPROVE) == {office.pk}


def test_r19_without_a_role_nothing_is_in_sight():
    make_collection("", make_device())
    for user in (AnonymousUser(), make_user(), make_user("", READ_COLLECTION)):
        assert not has_role(user)
        assert not Device.objects.visible_to(user).exists()


def test_r19_who_is_switched_off_has_no_rights_and_a_superuser_has_all():
    collection = make_collection("", make_device())
    user = make_reader(collection)
    user.is_active = False
    assert collections_of(user, READ_COLLECTION) == set()
    superuser = make_user(superuser=True)
    assert collections_of(superuser, APPROVE) is None
    assert has_role(superuser)
    assert Device.objects.visible_to(superuser).count() == 1


def test_r19_a_refusal_names_the_permission_by_the_word_of_the_role_form_and_by_its_code():
    with pytest.raises(PermissionDenied, match=r"“Approve \(applications\.approve_application\)”"):
        require(make_reader(make_collection()), READ_APPLICATION, APPROVE)
    require(make_approver(make_collection()), READ_APPLICATION, APPROVE)


@pytest.mark.parametrize(
    ("permission", "english", "dutch"),
    [
        (APPROVE, f"Approve ({APPROVE})", f"Goedkeuren ({APPROVE})"),
        ("devices.delete_site", "Manage sites (devices.delete_site)", "Sites beheren (devices.delete_site)"),
        ("auth.view_user", "Manage accounts (auth.view_user)", "Accounts beheren (auth.view_user)"),
        ("devices.fly", "devices.fly", "devices.fly"),
    ],
)
def test_r19_a_permission_in_words(permission, english, dutch):
    assert in_words(permission) == english
    with override("nl"):
        assert in_words(permission) == dutch


def test_r19_the_ready_made_roles():
    built_in = create_built_in()
    create_roles({kind: collection.pk for kind, collection in built_in.items()})
    roles = {group.name: {p.codename for p in group.permissions.all()} for group in Group.objects.all()}
    assert {"Reader", "Approver", "Site administrator"} <= set(roles)
    assert roles["Reader"] == {"read_collection", "read_application"}
    assert roles["Approver"] == {"read_collection", "read_application", "approve_application"}
    assert roles["Approver"] < roles["Site administrator"]
    assert not any("user" in name for name in roles["Site administrator"]), "everything but users"
