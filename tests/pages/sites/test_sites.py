"""Sites: their list, what their version lists (R12, R13), changing them, and queries that call them by name."""

from __future__ import annotations

import pytest
from django.urls import reverse

from audit.models import AuditEntry
from devices.collections import refresh
from devices.collections.built_in import create_built_in
from devices.models import CollectionRule, Device, Site
from tests.make import NOW, make_collection, make_device, make_site, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    create_built_in()
    client.force_login(make_user("root", superuser=True))
    return client


@pytest.mark.parametrize(
    ("version", "sentences", "without"),
    [
        ("2009", ["Nothing: sites older than 2010 list no applications."], ["2010 or newer"]),
        ("2010", ["What is available to users", "everything else from version 2103 on", "from version 2111 on"], []),
        ("2103", ["Everything that reaches a device", "status only, no action", "listed from version 2111 on"], []),
        ("2111", ["Everything that reaches a device", "Application groups act like applications."], ["2111 on"]),
    ],
)
def test_a_site_says_what_its_version_lists(admin, version, sentences, without):
    page = admin.get(reverse("devices:site", args=[make_site(version=version).pk])).text
    for sentence in sentences:
        assert sentence in page
    for sentence in without:
        assert sentence not in page


def test_a_site_is_made_and_changed(admin):
    answer = admin.post(reverse("devices:site_add"), {"name": "AMS", "version": "2103"})
    site = Site.objects.get()
    assert answer["Location"] == reverse("devices:site", args=[site.pk])
    device = make_device(site=site)
    url = reverse("devices:site_edit", args=[site.pk])
    assert "YYMM" in admin.post(url, {"name": "AMS", "version": "21"}).text
    admin.post(url, {"name": "AMS", "version": "2111", "queue_every_action": "on"})
    assert AuditEntry.objects.get(verb="changed").facts["changes"] == {
        "version": {"old": "2103", "new": "2111"},
        "queue_every_action": {"old": False, "new": True},
    }
    assert Device.objects.get(pk=device.pk).revision == 1, "its page lists something else now"
    assert "Queue every action is on" in admin.get(reverse("devices:site", args=[site.pk])).text


def test_queries_follow_a_site_that_gets_another_name(admin):
    site = make_site("AMS")
    device = make_device(site=site)
    collection = make_collection()
    rules = [
        CollectionRule.objects.create(
            collection=collection, kind="query", query=[{"attribute": "site", "operator": operator, "value": value}]
        )
        for operator, value in (("is", "ams"), ("one_of", ["AMS", "UTR"]), ("contains", "AMS"))
    ]
    refresh.refresh_all(NOW)
    admin.post(reverse("devices:site_edit", args=[site.pk]), {"name": "Amsterdam", "version": "2111"})
    assert [CollectionRule.objects.get(pk=rule.pk).query[0]["value"] for rule in rules] == [
        "Amsterdam", ["Amsterdam", "UTR"], "AMS",
    ]  # fmt: skip
    assert device.memberships.filter(collection=collection).exists()


def test_a_version_moves_devices_between_collections_at_once(admin):
    device = make_device(site=make_site("AMS", "2010"))
    collection = make_collection()
    condition = {"attribute": "site_version", "operator": "at_least", "value": "2103"}
    CollectionRule.objects.create(collection=collection, kind="query", query=[condition])
    refresh.refresh_all(NOW)
    admin.post(reverse("devices:site_edit", args=[device.site_id]), {"name": "AMS", "version": "2111"})
    assert device.memberships.filter(collection=collection).exists()


def test_a_site_with_devices_is_not_deleted(admin):
    device = make_device()
    url = reverse("devices:site_delete", args=[device.site_id])
    assert "1 device belongs to it. Give it another site first." in admin.post(url).text
    device.delete()
    assert admin.post(url)["Location"] == reverse("devices:sites")
    assert not Site.objects.exists()


def test_who_may_change_some_devices_of_a_site_may_not_change_the_site(client):
    mine = make_device()
    make_device()
    area = make_collection("Area", mine)
    client.force_login(make_user("", "devices.read_collection", "devices.change_site", reads=[area]))
    page = client.get(reverse("devices:site_edit", args=[mine.site_id]))
    assert page.status_code == 403
    assert "on all devices of the site" in page.text
    assert client.get(reverse("devices:sites")).context["table"].counts == {mine.site_id: 1}


def test_the_list_counts_in_few_queries(admin, django_assert_max_num_queries):
    for number in range(30):
        make_device(site=make_site(f"S{number:02}"))
    with django_assert_max_num_queries(7):
        page = admin.get(reverse("devices:sites"), {"sort": "-version"})
    assert "S29" in page.text
