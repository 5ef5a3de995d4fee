"""Add a device: one command with a token that works once, for who has the permission (R19)."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from devices.client_api.enrolment import enrol
from devices.models import EnrolmentToken
from tests.make import make_collection, make_reader, make_site, make_user

pytestmark = pytest.mark.django_db
URL = "/devices/enrol/"


@pytest.fixture
def adder():
    rights = ("devices.read_collection", "devices.add_device", "devices.view_site")
    return make_user("adder", *rights, reads=[make_collection("All")])


def test_the_command_enrols_a_device_on_the_site_chosen(client, adder):
    make_site("AMS")
    utr = make_site("UTR", "2103")
    client.force_login(adder)
    page = client.post(URL, {"site": utr.pk})
    token = re.search(r"--token (\S+)", page.text)[1]
    assert enrol(token, "a" * 64, "LT-NEW", timezone.now()).site == utr
    assert "no-store" in page.headers["Cache-Control"]
    assert AuditEntry.objects.filter(user=adder, kind="enrolment_token", name="UTR 2103").exists()


def test_the_page_shows_no_token_before_it_is_asked_for(client, adder):
    make_site()
    client.force_login(adder)
    page = client.get(URL)
    assert page.status_code == 200
    assert "--token" not in page.text
    assert not EnrolmentToken.objects.exists()


def test_without_a_site_it_says_what_is_needed_first(client, adder):
    client.force_login(adder)
    assert "There is no site yet" in client.get(URL).text


@pytest.mark.parametrize("site", ["", "999", "x"])
def test_a_site_that_does_not_exist_makes_no_token(client, adder, site):
    make_site()
    client.force_login(adder)
    assert client.post(URL, {"site": site}).status_code == 200
    assert not EnrolmentToken.objects.exists()


def test_anonymous_is_sent_to_sign_in(client):
    assert client.get(URL).headers["Location"].startswith(reverse("signin"))


def test_a_reader_gets_403_that_names_the_permission(client):
    site = make_site()
    client.force_login(make_reader(make_collection("All")))
    for answer in (client.get(URL), client.post(URL, {"site": site.pk})):
        assert answer.status_code == 403
        assert "devices.add_device" in answer.text
    assert not EnrolmentToken.objects.exists()
    assert "Add a device" not in client.get(reverse("devices:list")).text
