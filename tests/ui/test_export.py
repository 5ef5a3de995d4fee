"""Exports as .csv (R4): the view as it is filtered and sorted, the first 500 rows, harmless cells."""

import csv
import html
import io
import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import translation

from applications.models import Application, Deployment
from audit.models import AuditEntry
from devices.models import Device
from tests.make import (
    deploy,
    make_application,
    make_collection,
    make_device,
    make_person,
    make_report,
    make_site,
    make_user,
    sign_in,
)
from ui.lists.export import harmless, lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = make_user("admin", superuser=True)
    client.force_login(user)
    return user


def rows(response, delimiter=","):
    text = response.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_compute_is_made_harmless(start):
    assert harmless(f"{start}cmd|'/c calc'!A1") == f"'{start}cmd|'/c calc'!A1"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a,@SUM(A1)", "a,'@SUM(A1)"),
        ("a\n=1", "a\n'=1"),
        ("a\t+1", "a\t'+1"),
        (" =1", "' =1"),
        ("\u00a0\u3000=1", "'\u00a0\u3000=1"),
        ("\n=1", "'\n'=1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠a", "'＠a"),
        ('x"; =cmd', "x\";' =cmd"),
        ("a;b=c - d", "a;b=c - d"),
        ("LT-1, LT-2", "LT-1, LT-2"),
        ("C++ / e-mail: a@b", "C++ / e-mail: a@b"),
    ],
)
def test_a_formula_is_harmless_wherever_a_spreadsheet_may_see_a_cell_begin(text, safe):
    assert harmless(text) == safe


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("other", [",", ";", "\t"])
def test_an_export_is_harmless_in_spreadsheets_of_either_separator(language, other):
    """R4: the same file, opened where the other separator is usual."""
    cells = ["a", 'x;=cmd|"/c calc"!A1', "y,=1+1", "z\t=1", "line\n=1", ' ="1"', "＝1", '";=1;"', '",=1,"']
    with translation.override(language):
        file = "".join(lines(["h"] * len(cells), [cells]))
    for row in csv.reader(io.StringIO(file.removeprefix("\ufeff")), delimiter=other):
        for cell in row:
            for line in cell.splitlines():
                assert not line.strip(' \u3000"').startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")), row


@pytest.mark.parametrize(("value", "text"), [("GIMP", "GIMP"), (None, ""), (-3, "-3"), ("", ""), (0, "0")])
def test_other_cells_stay_as_they_are(value, text):
    assert harmless(value) == text


def test_a_moment_is_in_the_viewers_time_zone_and_sorts():
    assert harmless(datetime(2026, 11, 20, 13, 32, 5, tzinfo=UTC)) == "2026-11-20 13:32:05"


def test_dutch_spreadsheets_get_semicolons():
    with translation.override("nl"):
        assert "".join(lines(["a", "b"], [["1;2", "é"]])) == '\ufeff"a";"b"\r\n"1;2";"é"\r\n'


def test_all_devices_with_its_columns_filter_and_order(client, admin):
    person = make_person("j.visser")
    for name in ("LT-1", "LT-2", "PC-3"):
        device = make_device(name, primary_user=person)
    sign_in(device, person)
    answer = client.get(reverse("devices:export"), {"q": "LT", "sort": "-name"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="devices.csv"'
    header, *body = rows(answer)
    assert header[:4] == ["Device name", "Online", "Site", "Primary user"]
    assert [row[0] for row in body] == ["LT-2", "LT-1"]
    assert AuditEntry.objects.get(verb="exported").kind == "devices"
    assert body[0][1:4] == ["Online", "AMS 2111", "j.visser"]
    assert "<" not in answer.text


def test_501_rows_give_500_and_say_so_before_and_after(client, admin):
    site = make_site()
    Device.objects.bulk_create(Device(name=f"LT-{number:04}", site=site) for number in range(501))
    assert "export: first 500 of 501" in client.get(reverse("devices:list")).text
    answer = client.get(reverse("devices:export"))
    assert len(rows(answer)) == 1 + 500
    assert "devices-first-500-of-501.csv" in answer.headers["Content-Disposition"]


def test_500_rows_are_all_there_and_nothing_is_said(client, admin):
    site = make_site()
    Device.objects.bulk_create(Device(name=f"LT-{number:04}", site=site) for number in range(500))
    assert "first 500" not in client.get(reverse("devices:list")).text
    answer = client.get(reverse("devices:export"))
    assert len(rows(answer)) == 1 + 500
    assert answer.headers["Content-Disposition"].endswith('"devices.csv"')


def test_the_applications_of_a_device_with_what_stands_in_the_second_lines(client, admin):
    device = make_device("LT-1")
    everything = make_collection("All devices", device)
    for name, found in (("=GIMP", "failed"), ("Inkscape", "installed")):
        application = make_application(name, publisher="@Team")
        deploy(application, everything)
        make_report(device, application, found, reason="exit_code", facts={"exit_code": 1603})
    answer = client.get(reverse("applications:export", args=[device.pk]))
    header, first, second = rows(answer)
    assert header == [
        "Name",
        "Publisher",
        "Status",
        "Detail",
        "Version",
        "Reaches this device through",
        "Deadline",
        "Last change",
    ]
    assert first[:4] == ["'=GIMP", "'@Team", "Failed", "Exit code 1603"]
    assert second[5] == "Available · All devices"
    assert rows(client.get(reverse("applications:export", args=[device.pk]), {"status": "failed"}))[1:] == [first]
    assert AuditEntry.objects.filter(verb="exported", user=admin, device_id=device.pk).count() == 2


def test_r4_the_button_above_the_list_exports_the_view_with_its_filter_search_and_order(client, admin):
    device = make_device("LT-1")
    everything = make_collection("All devices", device)
    for name, found in (("Alpha", "installed"), ("Alphabet", "installed"), ("Alpine", "failed"), ("Beta", "installed")):
        application = make_application(name)
        deploy(application, everything)
        make_report(device, application, found)
    view = {"q": "alp", "status": "installed", "sort": "-name"}
    page = client.get(reverse("applications:device", args=[device.pk]), view)
    shown = [application.name for application in page.context["table"].page.object_list.data]
    assert shown == ["Alphabet", "Alpha"]
    button = re.search(r'<a class="more" href="([^"]*)">(?:(?!</a>).)*<span>Export</span>', page.text, re.DOTALL)
    assert button
    assert button.start() < page.text.index("<table")
    answer = client.get(html.unescape(button[1]))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lt-1-applications.csv"'
    assert [row[0] for row in rows(answer)[1:]] == shown


@pytest.mark.parametrize("number", [500, 501])
def test_r4_of_more_than_500_applications_the_first_500_are_exported(client, admin, number):
    device = make_device("LT-1")
    everything = make_collection("All devices", device)
    made = Application.objects.bulk_create(Application(name=f"App {n:03}", version="1") for n in range(number))
    Deployment.objects.bulk_create(Deployment(application=each, collection=everything) for each in made)
    page = client.get(reverse("applications:device", args=[device.pk]), {"sort": "-name"})
    assert ("export: first 500 of 501" in page.text) is (number == 501)
    answer = client.get(reverse("applications:export", args=[device.pk]), {"sort": "-name"})
    assert ("first-500-of-501" in answer.headers["Content-Disposition"]) is (number == 501)
    assert [row[0] for row in rows(answer)[1:]] == [f"App {n:03}" for n in range(number - 1, -1, -1)][:500]


def test_an_export_has_a_ceiling_of_queries(client, admin, django_assert_max_num_queries):
    device = make_device("LT-1")
    everything = make_collection("All devices", device)
    for number in range(60):
        deploy(make_application(f"App {number}"), everything)
    with django_assert_max_num_queries(25):
        client.get(reverse("applications:export", args=[device.pk]))
    with django_assert_max_num_queries(15):
        client.get(reverse("devices:export"))


def test_r6_the_name_of_a_file_is_in_the_readers_language(client):
    make_device("LT-1")
    client.force_login(make_user(superuser=True))
    answer = client.get("/devices/export/", headers={"accept-language": "nl"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="apparaten.csv"'
    answer = client.get("/audit/export/", headers={"accept-language": "nl"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="auditlogboek.csv"'
