"""All devices (R1, R3, R4, R19): who sees what, search, filters, order, pages, and a ceiling on queries."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from devices.models import Device
from devices.presence.contact import Contact, contact_of, with_contact
from pages.devices.counts import FAILED, PRESENT
from tests.make import (
    make_application,
    make_collection,
    make_device,
    make_person,
    make_reader,
    make_report,
    make_site,
    make_user,
    sign_in,
)

pytestmark = pytest.mark.django_db
URL = "/devices/"
CEILING = 24


@pytest.fixture
def admin():
    return make_user("admin", superuser=True)


def names(response):
    return [device.name for device in response.context["table"].page.object_list.data]


def test_a_reader_sees_the_devices_of_their_collections(client):
    inside, _outside = make_device("LT-INSIDE"), make_device("LT-OUTSIDE")
    client.force_login(make_reader(make_collection("AMS", inside)))
    page = client.get(URL)
    assert page.status_code == 200
    assert "LT-INSIDE" in page.text
    assert "LT-OUTSIDE" not in page.text
    assert page.context["fleet"].total == 1


def test_anonymous_is_sent_to_sign_in(client):
    assert client.get(URL).headers["Location"] == f"{reverse('signin')}?next={URL}"


def test_a_stranger_sees_an_empty_page_and_no_numbers(client):
    make_device("LT-SECRET", site=make_site("SECRET", "2103"))
    client.force_login(make_reader(make_collection("Elsewhere")))
    page = client.get(URL)
    assert page.status_code == 200
    assert "SECRET" not in page.text
    assert "No device in sight" in page.text


def test_who_has_no_role_is_told_so(client):
    client.force_login(make_user("nobody"))
    page = client.get(URL)
    assert page.status_code == 403
    assert "You have no role yet" in page.text


def test_no_device_at_all_explains_how_to_enrol(client, admin):
    client.force_login(admin)
    page = client.get(URL)
    assert "No device yet" in page.text
    assert reverse("devices:enrol") in page.text


def test_persons_outside_the_collections_are_neither_shown_nor_found_nor_sorted_on(client):
    seen, hidden = make_person("a.seen"), make_person("z.hidden")
    one, two = make_device("LT-1", primary_user=hidden), make_device("LT-2", primary_user=seen)
    sign_in(one, hidden)
    client.force_login(make_reader(make_collection("Both", one, two), make_collection("Seen", seen)))
    page = client.get(URL)
    assert "a.seen" in page.text
    assert "z.hidden" not in page.text
    assert names(client.get(URL, {"q": "hidden"})) == []
    assert names(client.get(URL, {"q": "seen"})) == ["LT-2"]
    assert names(client.get(URL, {"sort": "-primary_user"})) == ["LT-2", "LT-1"]
    assert "z.hidden" not in client.get(reverse("devices:export")).text


def test_failures_for_persons_outside_the_collections_are_not_counted(client):
    device, person = make_device("LT-1"), make_person("z.hidden")
    make_report(device, make_application(), "failed", person=person)
    client.force_login(make_reader(make_collection("Devices", device)))
    page = client.get(URL)
    assert "1 failed" not in page.text
    assert names(client.get(URL, {"failed": "true"})) == []


@pytest.mark.parametrize("text", ["ams-0421", "J.VISSER", "jansen", "s.mulder"])
def test_search_finds_part_of_a_device_a_primary_user_or_who_is_signed_in(client, admin, text):
    visser, mulder = make_person("j.visser", name="Jo Jansen"), make_person("s.mulder")
    device = make_device("LT-AMS-0421", primary_user=visser)
    sign_in(device, mulder)
    make_device("LT-UTR-0001")
    client.force_login(admin)
    assert names(client.get(URL, {"q": text})) == ["LT-AMS-0421"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("online=online", ["LT-1-ON"]),
        ("online=offline", ["LT-2-OFF"]),
        ("online=silent", ["LT-3-SILENT"]),
        ("online=never", ["LT-4-NEVER"]),
        ("online=silent&online=never", ["LT-3-SILENT", "LT-4-NEVER"]),
        ("os=Debian+12&online=online", ["LT-1-ON"]),
        ("os=macOS+15", ["LT-2-OFF"]),
        ("client=2006", ["LT-3-SILENT"]),
        ("join=azure_ad", ["LT-4-NEVER"]),
        ("failed=true", ["LT-1-ON"]),
        ("q=LT&os=macOS+15", ["LT-2-OFF"]),
    ],
)
def test_filters(client, admin, query, found):
    now = timezone.now()
    one = make_device("LT-1-ON")
    make_device("LT-2-OFF", online=False, os="macOS 15")
    Device.objects.filter(name="LT-2-OFF").update(last_contact=now - timedelta(hours=3))
    make_device("LT-3-SILENT", online=False, client_version="2006")
    Device.objects.filter(name="LT-3-SILENT").update(last_contact=now - timedelta(days=20))
    make_device("LT-4-NEVER", online=False, join_type="azure_ad")
    Device.objects.filter(name="LT-4-NEVER").update(last_contact=None)
    make_report(one, make_application(), "failed")
    client.force_login(admin)
    assert names(client.get(f"{URL}?{query}")) == found


def test_a_filter_for_a_site(client, admin):
    utr = make_site("UTR", "2103")
    make_device("LT-AMS"), make_device("LT-UTR", site=utr)
    client.force_login(admin)
    page = client.get(URL, {"site": utr.pk})
    assert names(page) == ["LT-UTR"]
    assert "UTR 2103" in page.text


@pytest.mark.parametrize("query", ["online=nonsense", "site=999", "site=x", "os=OS%2F2", "q=%00", "failed=maybe"])
def test_a_filter_that_makes_no_sense_finds_nothing_and_offers_to_clear(client, admin, query):
    make_device("LT-1")
    client.force_login(admin)
    page = client.get(f"{URL}?{query}")
    assert page.status_code == 200
    assert names(page) == ([] if query != "failed=maybe" else ["LT-1"])


def test_no_match_offers_to_clear_the_filters(client, admin):
    make_device("LT-1")
    client.force_login(admin)
    page = client.get(URL, {"q": "nothing like it"})
    assert "No device fits" in page.text
    assert "Clear filters" in page.text


COLUMNS = (
    "name online site primary_user signed_in os client_version join_type applications last_contact".split()  # noqa: SIM905
)


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_sorts_both_ways_and_no_row_is_lost_or_repeated_between_pages(client, admin, column):
    for number in range(60):
        make_device(f"LT-{number:03}", online=number % 3 > 0)
    client.force_login(admin)
    for sort in (column, f"-{column}"):
        pages = [names(client.get(URL, {"sort": sort, "per_page": 25, "page": page})) for page in (1, 2, 3)]
        assert [len(page) for page in pages] == [25, 25, 10]
        assert len({name for page in pages for name in page}) == 60


def test_sorted_by_applications_the_most_failures_come_first(client, admin):
    _none, one, two = make_device("LT-A"), make_device("LT-B"), make_device("LT-C")
    make_report(one, make_application(), "failed")
    make_report(two, make_application(), "failed")
    make_report(two, make_application(), "failed")
    client.force_login(admin)
    page = client.get(URL, {"sort": "-applications"})
    assert names(page) == ["LT-C", "LT-B", "LT-A"]
    assert "2 failed" in page.text


def test_who_was_never_there_counts_as_longest_ago(client, admin):
    make_device("LT-NEVER", online=False)
    Device.objects.update(last_contact=None)
    make_device("LT-NOW")
    client.force_login(admin)
    assert names(client.get(URL, {"sort": "last_contact"})) == ["LT-NEVER", "LT-NOW"]
    assert names(client.get(URL, {"sort": "-last_contact"})) == ["LT-NOW", "LT-NEVER"]


@pytest.mark.parametrize(
    ("query", "rows"), [("per_page=100000", 50), ("per_page=0", 25), ("per_page=-1", 50), ("per_page=100", 60)]
)
def test_a_page_has_one_of_three_sizes(client, admin, query, rows):
    for number in range(60):
        make_device(f"LT-{number:03}")
    client.force_login(admin)
    assert len(names(client.get(f"{URL}?{query}"))) == rows


@pytest.mark.parametrize("page", ["-1", "0", "99", "x", "9" * 30])
def test_a_page_that_does_not_exist_is_another_page(client, admin, page):
    make_device("LT-1")
    client.force_login(admin)
    assert names(client.get(URL, {"page": page})) == ["LT-1"]


@pytest.mark.parametrize("devices", [10, 1000])
def test_the_number_of_queries_does_not_depend_on_the_number_of_devices(client, django_assert_max_num_queries, devices):
    site, person = make_site(), make_person("j.visser")
    made = Device.objects.bulk_create(
        Device(name=f"LT-{number:04}", site=site, primary_user=person, client_version="2111")
        for number in range(devices)
    )
    collection = make_collection("All", *made)
    for device in made[:10]:
        sign_in(device, person)
        make_report(device, make_application(), "failed")
    client.force_login(make_reader(collection, make_collection("Persons", person)))
    for query in ({}, {"q": "LT"}, {"sort": "-applications"}, {"per_page": 100}):
        with django_assert_max_num_queries(CEILING):
            assert client.get(URL, query).context["total"] == devices


def test_the_summary_counts_what_is_in_sight(client, admin):
    make_device("LT-1"), make_device("LT-2", online=False)
    make_report(make_device("LT-3"), make_application(), "failed")
    client.force_login(admin)
    page = client.get(URL)
    assert page.context["online"] == 2
    assert "of 3 devices" in page.text
    assert "on 1 device" in page.text


def test_contact_is_the_same_in_python_and_in_sql():
    now = timezone.now()
    make_device("on")
    for name, ago in (("off", timedelta(days=1)), ("silent", timedelta(days=15)), ("edge", timedelta(days=14))):
        make_device(name, online=False)
        Device.objects.filter(name=name).update(last_contact=now - ago)
    make_device("never", online=False)
    Device.objects.filter(name="never").update(last_contact=None)
    for device in Device.objects.order_by("pk"):
        fits = [c for c in Contact if Device.objects.filter(with_contact(c, now), pk=device.pk).exists()]
        assert fits == [contact_of(device, now)]


def test_the_words_of_the_fleet_are_those_of_the_rules():
    from applications.models import Report
    from applications.rules.status import PRESENT as RULES_PRESENT

    assert Report.Found.FAILED == FAILED
    assert set(PRESENT) == {str(status) for status in RULES_PRESENT}


def test_a_device_that_is_online_since_today_says_so(client, admin):
    """R23"""
    device = make_device("LT-1")
    Device.objects.filter(pk=device.pk).update(online_since=timezone.now(), revision=F("revision") + 1)
    client.force_login(admin)
    assert "since " in client.get(URL).text
