"""Whoever writes into the database gives nobody rights that sign anything, or that give rights (R18)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.urls import reverse

from applications.models import Application
from devices.access import seals
from devices.models import CollectionRight, RoleSettings, Seal
from pages.sign_in.backend import Backend
from tests.make import make_collection, make_device, make_user
from tests.pages.author import NO_DEPENDENCIES, RIGHTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def insider():
    """Somebody with an account and a role, who can write to the database too."""
    return make_user("insider", *RIGHTS, reads=[make_collection("Office", make_device())], password="own-password-1")


def role_of(user):
    return user.groups.get()


TAMPERED = {
    "all rights": lambda user: User.objects.filter(pk=user.pk).update(is_superuser=True),
    "another role": lambda user: user.groups.add(Group.objects.create(name="Everything")),
    "a permission": lambda user: role_of(user).permissions.add(Permission.objects.get(codename="add_site")),
    "a permission without a role": lambda user: user.user_permissions.add(Permission.objects.get(codename="add_site")),
    "a collection": lambda user: CollectionRight.objects.create(
        group=role_of(user), collection=make_collection("All the others")
    ),
    "a role for who is in a group elsewhere": lambda user: RoleSettings.objects.create(
        group=role_of(user), provider_group="everybody"
    ),
    "a seal of somebody else": lambda user: Seal.objects.filter(user=user).update(
        sealed=Seal.objects.get(user=make_user(superuser=True)).sealed
    ),
    "no seal": lambda user: Seal.objects.filter(user=user).delete(),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_written_into_the_database_signs_nothing(client, insider, what):
    client.force_login(insider)
    create = reverse("applications:create")
    assert client.post(create, {"name": "Genuine", **NO_DEPENDENCIES}).status_code == 302
    TAMPERED[what](insider)
    answer = client.post(create, {"name": "Evil", **NO_DEPENDENCIES})
    assert answer.status_code == 200
    assert "not those that it was given in Koppel" in answer.text
    assert not Application.objects.filter(name="Evil").exists()


def test_a_password_copied_to_another_account_signs_nothing_there(client, insider):
    chief = make_user("chief", superuser=True)
    User.objects.filter(pk=chief.pk).update(password=insider.password)
    client.force_login(User.objects.get(pk=chief.pk))
    assert (
        "not those that it was given in Koppel"
        in client.post(reverse("applications:create"), {"name": "Evil"} | NO_DEPENDENCIES).text
    )


def test_who_was_made_an_administrator_in_the_database_gives_no_rights(client, insider):
    User.objects.filter(pk=insider.pk).update(is_superuser=True)
    client.force_login(User.objects.get(pk=insider.pk))
    assert client.get(reverse("devices:user", args=[insider.pk])).status_code == 403
    role = role_of(insider)
    assert client.post(reverse("devices:role", args=[role.pk]), {"name": role.name}).status_code == 403
    assert not seals.is_intact(insider)


def test_what_is_written_while_a_password_changes_is_not_sealed(insider):
    with seals.kept(insider):
        User.objects.filter(pk=insider.pk).update(is_superuser=True)
    assert not seals.is_intact(insider)


def test_a_password_swapped_while_somebody_signs_in_is_not_sealed(insider, monkeypatch):
    genuine, foreign = insider.password, make_user("other", password="foreign").password

    def authenticate(*_, **__):
        User.objects.filter(pk=insider.pk).update(password=foreign)
        return User.objects.get(pk=insider.pk)

    monkeypatch.setattr("django.contrib.auth.backends.ModelBackend.authenticate", authenticate)
    Backend().authenticate(None, "insider", "foreign")
    assert not seals.is_intact(insider)
    User.objects.filter(pk=insider.pk).update(password=genuine)
    assert seals.is_intact(insider)


def test_rights_that_were_there_for_a_moment_are_none(insider):
    """Asked of the object that the page began with, and gone from the database by the time the seal is looked at."""
    insider.is_superuser = True
    with pytest.raises(PermissionDenied):
        seals.require_intact(insider)


def test_who_saves_the_rights_of_an_account_does_not_seal_a_password_that_was_put_there(client, insider):
    User.objects.filter(pk=insider.pk).update(password=make_user("other", password="foreign").password)
    client.force_login(make_user("chief", superuser=True))
    form = {"username": "insider", "is_active": "on", "groups": [role_of(insider).pk]}
    client.post(reverse("devices:user", args=[insider.pk]), form)
    assert not seals.is_intact(insider)


def test_less_is_no_forgery(insider):
    role_of(insider).permissions.remove(Permission.objects.get(codename="add_application"))
    CollectionRight.objects.all().delete()
    User.objects.filter(pk=insider.pk).update(is_active=False)
    assert seals.is_intact(insider)


def test_an_administrator_sees_it_and_saves_the_rights_as_they_should_be(client, insider):
    chief = make_user("chief", superuser=True)
    User.objects.filter(pk=insider.pk).update(is_superuser=True)
    client.force_login(chief)
    page = reverse("devices:user", args=[insider.pk])
    assert "Somebody changed these rights outside Koppel" in client.get(page).text
    client.post(page, {"username": "insider", "is_active": "on", "groups": [role_of(insider).pk]})
    assert seals.is_intact(insider)
    assert not User.objects.get(pk=insider.pk).is_superuser


def test_a_password_is_changed_and_the_rights_stay_sealed(client, insider):
    client.force_login(insider)
    new = {"new_password1": "another-one-22", "new_password2": "another-one-22"}
    assert client.post(reverse("password"), {"old_password": "own-password-1", **new}).status_code == 302
    assert seals.is_intact(insider)


def test_the_way_out_at_the_server(insider, capsys):
    User.objects.filter(pk=insider.pk).update(is_superuser=True)
    call_command("seal", "insider")
    assert "all rights" in capsys.readouterr().out
    assert seals.is_intact(insider)
    call_command("createsuperuser", "--noinput", username="new", email="")
    assert seals.is_intact(User.objects.get(username="new"))
