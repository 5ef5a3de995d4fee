"""Persons: their page, changing them, importing them and the primary users of devices."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import AuditEntry
from devices.collections import refresh
from devices.collections.built_in import create_built_in
from devices.models import CollectionRule, Device, DeviceMember, Person
from tests.make import (
    NOW,
    deploy,
    make_application,
    make_collection,
    make_device,
    make_person,
    make_report,
    make_request,
    make_site,
    make_user,
    sign_in,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def built_in():
    return create_built_in()


@pytest.fixture
def admin(client, built_in):
    client.force_login(make_user("root", superuser=True))
    return client


def query(collection, attribute, operator, value):
    condition = {"attribute": attribute, "operator": operator, "value": value}
    CollectionRule.objects.create(collection=collection, kind="query", query=[condition])
    return collection


def test_a_new_person_is_in_their_collections_at_once(admin):
    sales = query(make_collection("Sales", persons=True), "department", "is", "sales")
    answer = admin.post(reverse("devices:person_add"), {"username": " j.visser ", "department": "Sales"})
    person = Person.objects.get(username="j.visser")
    assert answer["Location"] == reverse("devices:person", args=[person.pk])
    assert {m.collection.name for m in person.memberships.all()} == {"All people", "Sales"}
    page = admin.get(answer["Location"]).text
    assert "Member because: Department is Sales" in page
    assert sales.name in page
    assert AuditEntry.objects.get(verb="created").facts["changes"]["department"] == {"old": None, "new": "Sales"}


def test_changing_a_person_moves_them_and_their_devices(admin):
    query(make_collection("Sales", persons=True), "department", "is", "Sales")
    query(make_collection("Sales laptops"), "primary_department", "is", "Sales")
    person = make_person("jan")
    device = make_device(primary_user=person)
    refresh.refresh_all(NOW)
    data = {"username": "jan", "name": "Jan", "department": "Sales", "email": "jan@example.org"}
    admin.post(reverse("devices:person_edit", args=[person.pk]), data)
    assert {m.collection.name for m in person.memberships.all()} == {"All people", "Sales"}
    assert {m.collection.name for m in device.memberships.all()} == {"All devices", "Sales laptops"}
    for wrong, sentence in (
        ({"email": "jan"}, "Enter a valid email address."),
        ({"username": ""}, "This field is required."),
    ):
        page = admin.post(reverse("devices:person_edit", args=[person.pk]), data | wrong).text
        assert sentence in page
    make_person("piet")
    assert "already exists" in admin.post(reverse("devices:person_edit", args=[person.pk]), {"username": "piet"}).text


def test_deleting_a_person_says_what_goes_along_and_what_is_in_the_way(admin):
    person, application = make_person("jan"), make_application()
    device = make_device(primary_user=person)
    make_report(device, application, person=person)
    sign_in(device, person)
    request = make_request(device, application, person=person)
    url = reverse("devices:person_delete", args=[person.pk])
    page = admin.post(url).text
    assert "signed in on a device" in page
    assert "A request for jan is under way" in page
    person.sign_ins.all().delete()
    request.delete()
    assert "Applications installed for this user" in admin.get(url).text
    assert admin.post(url)["Location"] == reverse("devices:people")
    assert not Person.objects.exists()
    assert Device.objects.get().primary_user is None


def test_the_list_shows_only_devices_in_sight(client, built_in):
    person = make_person("jan", name="Jan Visser", department="Sales")
    seen = make_collection("Seen", make_device("LT-SEEN", primary_user=person))
    make_device("LT-HIDDEN", primary_user=person)
    sign_in(make_device("LT-SECRET"), person)
    persons = make_collection("Persons", person)
    client.force_login(make_user("", "devices.read_collection", reads=[seen, persons]))
    for url in (reverse("devices:people"), reverse("devices:person", args=[person.pk])):
        page = client.get(url).text
        assert "LT-SEEN" in page
        assert "LT-HIDDEN" not in page
        assert "LT-SECRET" not in page


@pytest.mark.parametrize("sort", ["username", "-name", "department", "email"])
def test_the_list_takes_few_queries_and_finds(admin, sort, django_assert_max_num_queries):
    for number in range(60):
        person = make_person(f"person-{number:02}", name="Visser" if number % 2 else "", department="Sales")
        sign_in(make_device(primary_user=person), person)
    with django_assert_max_num_queries(9):
        page = admin.get(reverse("devices:people"), {"q": "visser", "sort": sort, "per_page": 25})
    assert "30 users" in page.text


PERSONS = """username;name;department
jan;Jan Visser;Sales
piet;Piet;
jan;Twice;
;Nobody;
kees;Kees
"""


def test_persons_are_imported_after_a_look(admin):
    query(make_collection("Sales", persons=True), "department", "is", "Sales")
    make_person("piet", name="Old name", email="piet@example.org")
    url = reverse("devices:people_import")
    file = SimpleUploadedFile("persons.csv", b"\xef\xbb\xbf" + PERSONS.encode())
    page = admin.post(url, {"file": file})
    assert [(line.number, line.outcome) for line in page.context["lines"]] == [
        (4, "wrong"), (5, "wrong"), (6, "wrong"), (2, "new"), (3, "changed"),
    ]  # fmt: skip
    assert "jan was on line 2 already." in page.text
    assert "It has 2 cells; the header has 3." in page.text
    assert page.text.count(PERSONS.splitlines()[0]) == 1  # the file travels along in the form and is not shown
    assert Person.objects.count() == 1
    admin.post(url, {"text": page.context["text"], "confirm": "1"})
    assert list(Person.objects.values_list("username", "name", "email", "department")) == [
        ("jan", "Jan Visser", "", "Sales"),
        ("piet", "Piet", "piet@example.org", ""),
    ]
    assert {m.collection.name for m in Person.objects.get(username="jan").memberships.all()} == {"All people", "Sales"}
    assert set(AuditEntry.objects.values_list("verb", "kind", "name")) == {
        ("created", "person", "jan"),
        ("changed", "person", "piet"),
    }
    assert AuditEntry.objects.get(verb="changed").facts["import"] is True
    assert admin.post(url, {"text": "username,name\njan,Jan Visser"}).context["todo"] == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Choose a file, or paste its lines."),
        ("name;email\nJan;", "“username” is missing"),
        ("username;colour\njan;red", "The column “colour” is not known."),
        ("username;username\njan;jan", "A column is named twice."),
        ("username\n" + "jan\n" * 5001, "At most 5000 lines"),
        ("username\n\0", "This is not text."),
        ('username\n"' + "x" * 200_000, "This is not a .csv file"),
    ],
)
def test_a_file_that_makes_no_sense_says_so(admin, text, sentence):
    page = admin.post(reverse("devices:people_import"), {"text": text})
    assert sentence in page.text or ("\0" in text and "Null characters" in page.text)
    assert not Person.objects.exists()


def test_a_file_that_is_no_text_says_so(admin):
    page = admin.post(reverse("devices:people_import"), {"file": SimpleUploadedFile("p.csv", b"username\n\xff\xfe")})
    assert "not UTF-8" in page.text


def test_primary_users_are_imported_for_the_devices_that_one_may_change(client, built_in):
    person, hidden = make_person("jan"), make_person("hidden")
    mine, other = make_device("MINE"), make_device("OTHER")
    deployed = make_collection("Persons", person)
    deploy(make_application(), deployed)
    area = make_collection("Area", mine)
    user = make_user("", "devices.read_collection", "devices.change_device", reads=[area, deployed])
    client.force_login(user)
    text = "device,username\nMINE,jan\nOTHER,jan\nNONE,jan\n"
    page = client.post(reverse("devices:primary_import"), {"text": text})
    assert [line.outcome for line in page.context["lines"]] == ["wrong", "wrong", "changed"]
    assert page.text.count("There is no such device among those that you may change.") == 2
    page = client.post(reverse("devices:primary_import"), {"text": f"device,username\nMINE,{hidden}\n"})
    assert "There is no such user in sight." in page.text
    client.post(reverse("devices:primary_import"), {"text": text, "confirm": "1"})
    assert Device.objects.get(name="MINE").primary_user == person
    assert Device.objects.get(name="MINE").revision > 0
    assert Device.objects.get(pk=other.pk).primary_user is None
    entry = AuditEntry.objects.get(kind="device", name="MINE")
    assert entry.private
    assert entry.facts["changes"] == {
        "primary_user": {"old": None, "new": "jan"},
        "primary_by": {"old": "use", "new": "import"},
    }


def test_a_device_gets_another_site_and_a_primary_user(admin):
    query(make_collection("Amsterdam"), "site", "is", "AMS")
    query(make_collection("Jans"), "primary_user", "is", "jan")
    old, site = make_site("UTR"), make_site("AMS")
    person, device, _another = make_person("jan"), make_device(site=old), make_device(site=old)
    url = reverse("devices:edit", args=[device.pk])
    assert (
        "There is no user in sight"
        in admin.post(url, {"site": site.pk, "primary_user": "nobody", "primary_by": "administrator"}).text
    )
    answer = admin.post(url, {"site": site.pk, "primary_user": "jan", "primary_by": "administrator"})
    assert answer["Location"] == reverse("devices:overview", args=[device.pk])
    device.refresh_from_db()
    assert (device.site, device.primary_user) == (site, person)
    assert {m.collection.name for m in DeviceMember.objects.filter(device=device)} == {
        "All devices",
        "Amsterdam",
        "Jans",
    }
    assert AuditEntry.objects.filter(device_id=device.pk).count() == 2
    admin.post(url, {"site": site.pk, "primary_user": "", "primary_by": "administrator"})
    device.refresh_from_db()
    assert device.primary_user is None


def test_a_primary_user_out_of_sight_stays_and_is_not_named(client, built_in):
    device = make_device(primary_user=make_person("hidden"))
    area = make_collection("Area", device)
    client.force_login(make_user("", "devices.read_collection", "devices.change_device", reads=[area]))
    url = reverse("devices:edit", args=[device.pk])
    page = client.get(url).text
    assert "whom you may not see" in page
    assert ">hidden<" not in page
    assert 'value="hidden"' not in page
    client.post(url, {"site": device.site_id, "primary_user": "", "primary_by": "administrator"})
    device.refresh_from_db()
    assert device.primary_user.username == "hidden"


def test_a_connected_device_is_not_deleted(admin):
    import uuid

    device = make_device(stream=uuid.uuid4())
    url = reverse("devices:delete", args=[device.pk])
    assert "connected at this moment" in admin.post(url).text
    Device.objects.update(stream=None)
    assert admin.post(url)["Location"] == reverse("devices:list")
    assert not Device.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.object_id, entry.name) == ("device", str(device.pk), device.name)
