"""Every page of authoring, for the four visitors: who may, who may not, who is outside, who is not signed in."""

from __future__ import annotations

import pytest
from django.urls import reverse

from applications.models import Application
from devices.access.permissions import (
    ADD_APPLICATION,
    ADD_DEPLOYMENT,
    ADD_TYPE,
    CHANGE_APPLICATION,
    CHANGE_DEPLOYMENT,
    CHANGE_TYPE,
    DELETE_APPLICATION,
    DELETE_DEPLOYMENT,
    DELETE_TYPE,
    READ_APPLICATION,
    READ_COLLECTION,
)
from tests.make import deploy, make_application, make_collection, make_device, make_group, make_user

# name of the page → what it needs besides reading; and whether it is about one deployment
PAGES = {
    "list": (None, ()),
    "list_export": (None, ()),
    "create": (ADD_APPLICATION, ()),
    "detail": (None, ("application",)),
    "edit": (CHANGE_APPLICATION, ("application",)),
    "delete": (DELETE_APPLICATION, ("application",)),
    "type_create": (ADD_TYPE, ("application",)),
    "type_edit": (CHANGE_TYPE, ("application", "type")),
    "type_delete": (DELETE_TYPE, ("application", "type")),
    "groups": (None, ()),
    "groups_export": (None, ()),
    "group_create": (ADD_APPLICATION, ()),
    "group": (None, ("group",)),
    "group_edit": (CHANGE_APPLICATION, ("group",)),
    "group_delete": (DELETE_APPLICATION, ("group",)),
    "deployments": (None, ()),
    "deployments_export": (None, ()),
    "deployment_create": (ADD_DEPLOYMENT, ()),
    "deployment": (None, ("deployment",)),
    "deployment_edit": (CHANGE_DEPLOYMENT, ("deployment",)),
    "deployment_delete": (DELETE_DEPLOYMENT, ("deployment",)),
}
AUTHOR = tuple({permission for permission, _about in PAGES.values() if permission})
READS = (READ_COLLECTION, READ_APPLICATION)


@pytest.fixture
def there(db):
    """An application, a group and a deployment in one collection; and another collection, of a stranger."""
    application = make_application("GIMP", version="3.0.6")
    everybody = make_collection("Workstations", make_device("PC-1"))
    return {
        "application": application.pk,
        "type": application.deployment_types.get().pk,
        "group": make_group("Office", application).pk,
        "deployment": deploy(application, everybody).pk,
        "mine": everybody,
        "elsewhere": make_collection("Elsewhere", make_device("PC-2")),
    }


def address(name, there):
    return reverse(f"applications:{name}", args=[there[about] for about in PAGES[name][1]])


@pytest.mark.parametrize("name", PAGES)
def test_who_may_sees_the_page(name, there, client):
    user = make_user("author", *READS, *AUTHOR, reads=[there["mine"]])
    Application.objects.update(created_by=user)
    client.force_login(user)
    assert client.get(address(name, there)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_who_is_not_signed_in_is_sent_to_the_sign_in(name, there, client):
    answer = client.get(address(name, there))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("signin"))


@pytest.mark.parametrize("name", PAGES)
def test_a_reader_reads_and_is_told_which_permission_is_missing_for_the_rest(name, there, client):
    client.force_login(make_user("reader", *READS, reads=[there["mine"]]))
    permission = PAGES[name][0]
    answer = client.get(address(name, there))
    assert answer.status_code == (403 if permission else 200)
    assert not permission or permission in answer.content.decode()
    if permission:
        assert client.post(address(name, there)).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_who_may_not_even_read_applications_is_told_so(name, there, client):
    client.force_login(make_user("somebody", READ_COLLECTION, reads=[there["mine"]]))
    answer = client.get(address(name, there))
    assert answer.status_code == 403
    assert READ_APPLICATION in answer.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_never_meets_the_deployments_and_collections_of_others(name, there, client):
    client.force_login(make_user("stranger", *READS, *AUTHOR, reads=[there["elsewhere"]]))
    answer = client.get(address(name, there))
    about = PAGES[name][1]
    if "deployment" in about:
        assert answer.status_code == 404
        assert client.post(address(name, there)).status_code == 404
    elif about and PAGES[name][0]:
        # changing an application changes it wherever it is deployed; the group is deployed nowhere, and of another
        assert answer.status_code == 403
    else:
        assert answer.status_code == 200
    assert b"Workstations" not in b"".join(answer)
    assert b"PC-1" not in b"".join(answer)


@pytest.mark.parametrize("name", ["detail", "edit", "delete", "group", "group_edit", "deployment", "deployment_delete"])
def test_what_is_not_there_is_404(name, there, client):
    client.force_login(make_user("root", superuser=True))
    assert client.get(reverse(f"applications:{name}", args=[10**25])).status_code == 404
    assert client.get(reverse(f"applications:{name}", args=[999_999])).status_code == 404


def test_a_group_is_no_application_and_an_application_no_group(there, client):
    client.force_login(make_user("root", superuser=True))
    assert client.get(reverse("applications:detail", args=[there["group"]])).status_code == 404
    assert client.get(reverse("applications:group", args=[there["application"]])).status_code == 404
