"""Application groups: members in their order, each once, none of them a group (R13)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from applications.authoring.groups import save_group
from applications.authoring.saving import SaveRefused
from applications.models import Application
from tests.make import deploy, make_application, make_collection, make_device, make_group, make_user
from tests.pages.author import author, errors_of, root, rows, written

pytestmark = pytest.mark.django_db


def form(*members, before=0, **fields):
    sent = {"name": "Office", "version": "", "publisher": "", "description": "", **fields}
    sent_rows = [
        {"application": application.pk if application else "", "position": position, **more}
        for application, position, *rest in members
        for more in (rest or [{}])
    ]
    return sent | rows("member", *sent_rows, before=before)


def members_of(group):
    return [place.application.name for place in group.group_members.select_related("application")]


@pytest.fixture
def three():
    return [make_application(name) for name in "ABC"]


def test_r13_members_install_in_the_order_of_their_numbers_those_without_one_come_last(three):
    a, b, c = three
    answer = author().post(reverse("applications:group_create"), form((a, ""), (b, "20"), (None, ""), (c, "10")))
    group = Application.objects.get(is_group=True)
    assert answer["Location"] == group.get_absolute_url()
    assert members_of(group) == ["C", "B", "A"]
    assert written("created").facts["changes"]["members"] == {"old": None, "new": ["C 1.0", "B 1.0", "A 1.0"]}


def test_r13_a_change_of_order_is_a_change(three):
    a, b, _c = three
    group = make_group("Office", a, b, version="")
    client = author()
    sent = form((a, "2"), (b, "1"), before=2)
    assert client.post(reverse("applications:group_edit", args=[group.pk]), sent).status_code == 302
    assert members_of(group) == ["B", "A"]
    assert written("changed").facts["changes"] == {"members": {"old": ["A 1.0", "B 1.0"], "new": ["B 1.0", "A 1.0"]}}


def test_r13_a_member_is_taken_out(three):
    a, b, _c = three
    group = make_group("Office", a, b)
    sent = form((a, "1", {"DELETE": "on"}), (b, "2"), before=2)
    author().post(reverse("applications:group_edit", args=[group.pk]), sent)
    assert members_of(group) == ["B"]


def test_r13_an_application_stands_in_a_group_once(three):
    answer = author().post(reverse("applications:group_create"), form((three[0], "1"), (three[0], "2")))
    assert "It stands here already." in errors_of(answer, "members")
    assert not Application.objects.filter(is_group=True).exists()


def test_r13_a_group_is_no_member_of_a_group(three):
    inner = make_group("Inner", three[0])
    answer = author().post(reverse("applications:group_create"), form((inner, "1")))
    assert "not one of the available choices" in errors_of(answer, "members")
    with pytest.raises(SaveRefused, match="a group cannot be a member"):
        save_group(Application(name="Outer"), [inner.pk], user=make_user("somebody"))
    assert not Application.objects.filter(name="Outer").exists()


def test_r13_a_group_may_wait_for_its_members_but_not_while_it_is_deployed(three):
    client = root()
    assert client.post(reverse("applications:group_create"), form()).status_code == 302
    group = Application.objects.get(is_group=True)
    client.post(reverse("applications:group_edit", args=[group.pk]), form((three[0], "1")))
    deploy(group, make_collection("Workstations", make_device()))
    sent = form((three[0], "1", {"DELETE": "on"}), before=1)
    answer = client.post(reverse("applications:group_edit", args=[group.pk]), sent)
    assert "has no members" in errors_of(answer)
    answer = client.post(
        reverse("applications:group_edit", args=[group.pk]), form((make_application("Empty", types=0), "1"))
    )
    assert "members without a deployment type: Empty 1.0" in errors_of(answer)
    assert members_of(group) == ["A"]


def test_more_rows_come_without_script_and_without_saving(three):
    answer = author().post(reverse("applications:group_create"), form((three[0], "1")) | {"more": "1"})
    assert "Member 4" in answer.content.decode()
    assert not Application.objects.filter(is_group=True).exists()


def test_a_group_is_deleted_but_not_while_it_is_deployed(three):
    group = make_group("Office", *three)
    deployment = deploy(group, make_collection("Workstations", make_device()))
    client = root()
    address = reverse("applications:group_delete", args=[group.pk])
    assert "Delete its deployments first." in client.post(address, follow=True).content.decode()
    deployment.delete()
    assert "Delete Office 1.0?" in client.get(address).content.decode()
    assert client.post(address)["Location"] == reverse("applications:groups")
    assert not Application.objects.filter(is_group=True).exists()
    assert Application.objects.count() == 3
    assert (written("deleted").kind, written("deleted").name) == ("application_group", "Office 1.0")
