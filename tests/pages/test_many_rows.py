"""Every list takes as many queries for 1,000 rows as for 10, and shows a page of them."""

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, Deployment, DeploymentType, Report, Request
from audit.models import AuditEntry
from devices.collections import refresh
from devices.collections.built_in import create_built_in
from devices.models import Collection, CollectionRule, Device, DeviceMember, Person, Site
from tests.make import make_approver, make_device, make_user

pytestmark = pytest.mark.django_db
LISTS = {
    "devices:list": "",
    "devices:collections": "",
    "devices:collection": "collection",
    "devices:people": "",
    "devices:sites": "",
    "devices:users": "",
    "devices:device_collections": "device",
    "applications:device": "device",
    "applications:device_requests": "device",
    "applications:requests": "",
    "applications:list": "",
    "applications:groups": "",
    "applications:deployments": "",
    "console:audit": "",
}


def fill(number):
    """So many of everything, all of it about one device and in one collection."""
    built_in = create_built_in()
    now, site = timezone.now(), Site.objects.create(name="Whole", version="2111")
    names = [f"{index:04}" for index in range(number)]
    Site.objects.bulk_create(Site(name=name, version="2111") for name in names)
    User.objects.bulk_create(User(username=name) for name in names)
    persons = Person.objects.bulk_create(Person(username=name) for name in names)
    Device.objects.bulk_create(Device(name=name, site=site, primary_user=persons[0]) for name in names)
    collections = Collection.objects.bulk_create(
        Collection(name=name, kind="devices", limiting=built_in["devices"]) for name in names
    )
    device = make_device("Whole", site=site)
    CollectionRule.objects.create(collection=collections[0], kind="include", other=built_in["devices"])
    refresh.refresh([each.pk for each in (*built_in.values(), collections[0])], now)
    DeviceMember.objects.bulk_create(DeviceMember(collection=each, device=device) for each in collections[1:])
    applications = Application.objects.bulk_create(Application(name=name) for name in names)
    Application.objects.bulk_create(Application(name=f"Group {name}", is_group=True) for name in names)
    DeploymentType.objects.bulk_create(
        DeploymentType(application=each, name="Any", detection={}) for each in applications
    )
    Deployment.objects.bulk_create(Deployment(application=each, collection=collections[0]) for each in applications)
    Report.objects.bulk_create(
        Report(device=device, application=each, found="installed", ever_installed=True, reported_at=now)
        for each in applications
    )
    Request.objects.bulk_create(
        Request(
            device=device,
            application=each,
            target=each,
            action="install",
            state="failed",
            requester="admin",
            created_at=now,
            expires_at=now,
            finished_at=now,
        )
        for each in applications
    )
    AuditEntry.objects.bulk_create(
        AuditEntry(at=now, verb="asked", actor="admin", device_id=device.pk, kind="request", name=name)
        for name in names
    )
    return {"": None, "device": device.pk, "collection": collections[0].pk}, built_in


def queries(client, name, keys):
    address = reverse(name, args=[keys[LISTS[name]]] if LISTS[name] else [])
    assert client.get(address).status_code == 200  # what is asked once and kept
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    return len(asked), answer.text.count("<tr") + answer.text.count('<li class="t-')


def counts(client, number):
    """By visitor and list: how many queries it took, and how many rows were shown."""
    found = {}
    with transaction.atomic():
        keys, built_in = fill(number)
        for who, user in (("superuser", make_user(superuser=True)), ("approver", make_approver(*built_in.values()))):
            client.force_login(user)
            for name in LISTS:
                if who == "superuser" or name not in ("devices:users", "console:audit"):
                    found[who, name] = queries(client, name, keys)
        transaction.set_rollback(True)
    return found


def test_every_list_takes_as_many_queries_for_1000_rows_as_for_10(client):
    few, many = counts(client, 10), counts(client, 1000)
    for (who, name), (asked, shown) in few.items():
        assert shown >= 10, name
        assert many[who, name][0] <= asked, f"{name} as {who}: {asked} queries, {many[who, name][0]} for 1,000 rows"
