"""Add a device: one command with a token that works once, for who has the permission (R19, R24)."""

import hashlib
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from devices.client_api.enrolment import EnrolmentRefused, enrol, new_token
from devices.models import Device, DeviceMember, EnrolmentToken
from tests.make import make_collection, make_device, make_reader, make_site, make_user
from tests.reading import token_in

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
    token = token_in(page)
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


def test_a_token_for_many_leads_into_a_collection_until_its_limit(client):
    """R19: only a collection that its maker may change."""
    rights = ("devices.read_collection", "devices.add_device", "devices.view_site", "devices.change_collection")
    mine, site, now = make_collection("Laptops"), make_site(), timezone.now()
    reader = make_user("m.deboer", "devices.read_collection", reads=[other := make_collection("Kiosks")])
    maker = make_user("maker", *rights, reads=[mine])
    maker.groups.add(*reader.groups.all())
    client.force_login(maker)
    asked = {"site": site.pk, "limit": 2, "until": "2026-12-01T10:00", "collection": other.pk}
    assert "Kiosks" not in client.get(URL).text
    for wrong in ({}, {"limit": 0}, {"limit": 10_001}, {"until": "2020-01-01T10:00"}, {"until": "2099-01-01T10:00"}):
        page = client.post(URL, asked | {"collection": other.pk if not wrong else mine.pk} | wrong)
        assert "errorlist" in page.text or 'aria-invalid="true"' in page.text
    assert not EnrolmentToken.objects.exists()
    until = (now + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    token = token_in(client.post(URL, asked | {"collection": mine.pk, "until": until}))
    first = enrol(token, "a" * 64, "LT-1", now)
    assert enrol(token, "a" * 64, "LT-1", now) == first, "the answer was lost"
    page = client.get(URL).text
    assert "1 of 2" in page
    assert "→ Laptops" in page
    second = enrol(token, "b" * 64, "LT-2", now)
    with pytest.raises(EnrolmentRefused, match="token_used"):
        enrol(token, "c" * 64, "LT-3", now)
    assert set(DeviceMember.objects.filter(collection=mine).values_list("device", flat=True)) == {first.pk, second.pk}
    kept = AuditEntry.objects.get(verb="created", kind="enrolment_token").facts
    assert (kept["devices"], kept["collection"]) == (2, "Laptops")
    open_one = new_token(site, None, now, collection=other)
    client.force_login(make_user("adder", "devices.read_collection", "devices.add_device", reads=[mine]))
    assert "Kiosks" not in client.get(URL).text, "a token into a collection out of sight is out of sight"
    with pytest.raises(EnrolmentRefused, match="token_expired"):
        enrol(open_one, "d" * 64, "LT-4", now + timedelta(days=2))


def test_the_same_choices_on_the_command_line():
    make_collection("Laptops")
    until = (timezone.now() + timedelta(days=9)).isoformat()
    said = StringIO()
    call_command("enrolment_token", "--devices=2", "--collection=Laptops", f"--until={until}", stdout=said)
    devices = [enrol(said.getvalue().strip(), f"{n}" * 64, "LT", timezone.now() + timedelta(days=8)) for n in "ab"]
    assert DeviceMember.objects.filter(collection__name="Laptops", device__in=devices).count() == 2
    for wrong in ("--devices=0", "--collection=None", "--until=tomorrow", "--until=2020-01-01"):
        with pytest.raises(CommandError):
            call_command("enrolment_token", wrong)


@pytest.mark.django_db(transaction=True)
def test_the_command_as_it_is_pasted_runs_only_the_client_that_the_console_has(client, live_server, settings, tmp_path):
    settings.KOPPEL_URL = live_server.url
    client.force_login(make_user("admin", superuser=True))
    command = client.post(URL, {"site": make_site().pk}).context["commands"][0]["text"]
    command = command.replace("python3", sys.executable).rpartition(" && ")[0] + f" --state {tmp_path / 'state'}"

    def paste(text):
        return subprocess.run(["sh", "-c", text], cwd=tmp_path, capture_output=True, text=True)

    digest = hashlib.sha256(client.get("/client/koppel-client.pyz").content).hexdigest()
    done = paste(command.replace(digest, "0" * 64))
    assert done.returncode != 0
    assert "koppel-client.pyz: FAILED" in done.stdout
    assert not Device.objects.exists()
    done = paste(command)
    assert (done.returncode, "Enrolled as" in done.stdout) == (0, True), done.stderr
    assert Device.objects.get().enrolled_at
    assert "--proto '=https'" not in command
    settings.KOPPEL_URL = "https://console.example"
    command = client.post(URL, {"site": make_site().pk}).context["commands"][0]["text"]
    begins = "cd \"$(mktemp -d)\" && curl --proto '=https' -fsSLO https://console.example/client/koppel-client.pyz && "
    assert command.startswith(begins)
    assert "insecure" not in command
    settings.KOPPEL_URL = "http://console.example"
    page = client.post(URL, {"site": make_site().pk})
    assert "--insecure-http" in page.context["commands"][0]["text"]
    assert "The console’s address is not https" in page.text
