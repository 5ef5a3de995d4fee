"""Every page here with its visitors: anonymous, no role, stranger, reader, site administrator, superuser (R19)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from devices.access.ready_made_roles import SITE_ADMINISTRATOR, create_roles
from devices.collections import refresh
from devices.collections.built_in import create_built_in
from tests.make import NOW, make_collection, make_device, make_person, make_reader, make_site, make_user

pytestmark = pytest.mark.django_db

# (name, what its argument is, status for a stranger, a reader, a site administrator)
PAGES = (
    ("collections", "", 200, 200, 200),
    ("collection_add", "kind", 403, 403, 200),
    ("collection", "collection", 404, 200, 200),
    ("collection_edit", "collection", 404, 403, 200),
    ("collection_delete", "collection", 404, 403, 200),
    ("people", "", 200, 200, 200),
    ("person_add", "", 403, 403, 200),
    ("people_import", "", 403, 403, 200),
    ("primary_import", "", 403, 403, 200),
    ("person", "person", 404, 200, 200),
    ("person_edit", "person", 404, 403, 200),
    ("person_delete", "person", 404, 403, 200),
    ("sites", "", 200, 200, 200),
    ("site_add", "", 403, 403, 200),
    ("site", "site", 404, 200, 200),
    ("site_edit", "site", 404, 403, 200),
    ("site_delete", "site", 404, 403, 200),
    ("edit", "device", 404, 403, 200),
    ("revoke", "device", 404, 403, 200),
    ("delete", "device", 404, 403, 200),
    ("roles", "", 403, 403, 200),
    ("role_add", "", 403, 403, 200),
    ("role", "role", 403, 403, 200),
    ("role_delete", "role", 403, 403, 200),
    ("users", "", 403, 403, 403),
    ("user_add", "", 403, 403, 403),
    ("user", "user", 403, 403, 403),
    ("user_second_factor", "user", 403, 403, 403),
    ("user_password", "user", 403, 403, 403),
)


@pytest.fixture
def world():
    built_in = create_built_in()
    create_roles({kind: collection.pk for kind, collection in built_in.items()})
    device, person = make_device("LT-SEEN", site=make_site("SEEN")), make_person("seen.person")
    devices = make_collection("Seen devices", device, limiting=built_in["devices"])
    persons = make_collection("Seen persons", person, limiting=built_in["persons"])
    elsewhere = make_collection("Elsewhere", make_device("LT-OTHER", site=make_site("OTHER")))
    refresh.refresh_all(NOW)
    administrator = make_user("administrator")
    administrator.groups.add(Group.objects.get(name=SITE_ADMINISTRATOR))
    return {
        "kind": "devices",
        "collection": devices.pk,
        "person": person.pk,
        "site": device.site_id,
        "device": device.pk,
        "role": Group.objects.get(name="Reader").pk,
        "user": administrator.pk,
        "visitors": {
            "stranger": make_reader(elsewhere),
            "reader": make_reader(devices, persons),
            "administrator": administrator,
            "superuser": make_user("root", superuser=True),
            "no role": make_user("nobody"),
        },
    }


def address(name, argument, world):
    return reverse(f"devices:{name}", args=[world[argument]] if argument else [])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page[0])
def test_each_visitor_gets_what_they_may(page, world, client):
    name, argument, stranger, reader, administrator = page
    url = address(name, argument, world)
    answer = client.get(url)
    assert answer.status_code == 302, "anonymous: to the sign-in page"
    assert reverse("signin") in answer["Location"]
    expected = {
        "no role": 403,
        "stranger": stranger,
        "reader": reader,
        "administrator": administrator,
        "superuser": 200,
    }
    for visitor, status in expected.items():
        client.force_login(world["visitors"][visitor])
        answer = client.get(url)
        assert answer.status_code == status, visitor
        if visitor == "stranger":
            for secret in ("LT-SEEN", "Seen devices", "Seen persons", "seen.person", "SEEN"):
                assert secret not in answer.text
        if status == 403 and visitor in ("reader", "stranger"):
            assert "permission" in answer.text
        if status != 200:
            assert client.post(url, {}).status_code in (status, 405), f"{visitor}: nor by a forged POST"


def test_no_address_is_missing_from_the_table():
    from pages.urls import DEVICES

    elsewhere = ("pages.devices.", "pages.device.overview", "pages.device.enrol", "pages.device.same_machine")
    mine = {pattern.name for pattern in DEVICES if not pattern.callback.__module__.startswith(elsewhere)}
    assert mine == {name for name, *_ in PAGES}


def test_a_site_administrator_finds_no_way_to_users(world, client):
    client.force_login(world["visitors"]["administrator"])
    page = client.get(reverse("devices:roles")).text
    assert reverse("devices:users") not in page
    assert "administrator" not in page.partition("<main")[2].replace("Site administrator", "")
