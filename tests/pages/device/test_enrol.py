"""Add a device: one command with a token that works once, for who has the permission (R19)."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from devices.client_api.enrolment import enrol, new_token
from devices.models import EnrolmentToken
from tests.make import make_collection, make_device, make_reader, make_site, make_user

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


def test_open_tokens_are_listed_and_can_be_withdrawn(client, adder):
    site, now = make_site(), timezone.now()
    client.force_login(adder)
    client.post(URL, {"site": site.pk})
    token = EnrolmentToken.objects.get()
    used = new_token(site, None, now)
    enrol(used, "b" * 64, "LT-2", now)
    new_token(site, None, now - timedelta(days=2))
    page = client.get(URL)
    assert [each.pk for each in page.context["tokens"]] == [token.pk]
    assert "adder" in page.text
    address = reverse("devices:token_withdraw", args=[token.pk])
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    assert not EnrolmentToken.objects.filter(pk=token.pk).exists()
    assert AuditEntry.objects.filter(verb="deleted", kind="enrolment_token", user=adder).count() == 1
    assert client.post(address).status_code == 404


def test_a_token_for_a_device_out_of_sight_is_not_listed_and_not_withdrawn(client, adder):
    """R19."""
    device = make_device("HIDDEN")
    new_token(device.site, None, timezone.now(), again=device)
    client.force_login(adder)
    assert "HIDDEN" not in client.get(URL).text
    token = EnrolmentToken.objects.get()
    assert client.post(reverse("devices:token_withdraw", args=[token.pk])).status_code == 404
    assert client.post(reverse("devices:enrol_again", args=[device.pk])).status_code == 404
    assert client.post(reverse("devices:revoke", args=[device.pk])).status_code == 404


def test_revoking_needs_the_permission_on_the_device(client):
    device = make_device("LT-1", secret="one")
    client.force_login(make_reader(make_collection("All", device)))
    answer = client.post(reverse("devices:revoke", args=[device.pk]))
    assert answer.status_code == 403
    assert "devices.change_device" in answer.text
    device.refresh_from_db()
    assert device.secret_hash
