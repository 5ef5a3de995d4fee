"""Who uses a device becomes its primary user, unless an administrator or an import decides otherwise (R2)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from applications.status.reach import listed_deployments
from audit.models import AuditEntry
from devices.models import DayOfUse, Device, SignIn
from devices.primary_users import from_use
from tests.make import deploy, make_application, make_collection, make_device, make_person, make_user, sign_in

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 11, 22, 10, tzinfo=UTC)
By = Device.PrimaryBy


@pytest.fixture
def admin(client):
    client.force_login(make_user("root", superuser=True))
    return client


def days_pass(number, since=TODAY):
    for day in range(number):
        from_use.count_today(since + timedelta(days=day))


def primary(device):
    found = Device.objects.select_related("primary_user").get(pk=device.pk)
    return found.primary_user and found.primary_user.username


@pytest.mark.parametrize(
    ("days", "current", "found"),
    [
        ({}, None, None),
        ({1: 4}, None, None),  # not enough yet
        ({1: 5}, None, 1),
        ({1: 5, 2: 6}, None, 2),
        ({1: 6, 2: 6}, None, None),  # nobody leads
        ({1: 6, 2: 6}, 2, 2),  # who is it stays
        ({1: 7, 2: 6}, 2, 1),
        ({2: 3}, 1, 1),  # three days are no reason
        ({}, 1, 1),  # a device in a drawer
    ],
)
def test_r2_who_uses_it_most_and_enough_is_the_primary_user(days, current, found):
    assert from_use.chosen(days, current) == found


def test_r2_after_five_days_of_use_somebody_is_the_primary_user_and_reached_by_what_is_deployed_to_them():
    person, device = make_person("j.visser"), make_device(online=True)
    application = make_application("Map")
    deploy(application, make_collection("Visser", person))
    sign_in(device, person)
    days_pass(4)
    assert primary(device) is None
    days_pass(1, TODAY + timedelta(days=4))
    assert primary(device) == "j.visser"
    entry = AuditEntry.objects.get(verb="changed")
    assert entry.actor == "Koppel"
    assert entry.private
    assert entry.facts["changes"] == {
        "primary_user": {"old": None, "new": "j.visser"},
        "primary_by": {"old": "use", "new": "use"},
    }
    SignIn.objects.all().delete()
    assert [deployment.application for deployment in listed_deployments(Device.objects.get(), None)] == [application]


def test_a_day_counts_once_however_often_it_is_looked():
    device = make_device(online=True)
    sign_in(device, make_person("j.visser"))
    for hour in range(10):
        from_use.count_today(TODAY + timedelta(hours=hour))
    assert DayOfUse.objects.get().day == date(2026, 11, 22)


def test_nobody_uses_a_device_that_is_offline():
    sign_in(make_device(online=False), make_person("j.visser"))
    from_use.count_today(TODAY)
    assert not DayOfUse.objects.exists()


@pytest.mark.parametrize("by", [By.ADMINISTRATOR, By.IMPORT])
def test_r2_what_was_set_or_imported_stays_whoever_uses_it(by):
    device = make_device(online=True, primary_user=make_person("set"), primary_by=by)
    nobody = make_device(online=True, primary_by=by)
    person = make_person("j.visser")
    sign_in(device, person)
    sign_in(nobody, person)
    days_pass(10)
    assert (primary(device), primary(nobody)) == ("set", None)


def test_a_site_may_leave_use_out():
    device = make_device(online=True)
    sign_in(device, make_person("j.visser"))
    device.site.primary_from_use = False
    device.site.save()
    days_pass(10)
    assert primary(device) is None


def test_somebody_else_takes_over_once_they_used_it_on_more_days():
    device = make_device(online=True)
    sign_in(device, make_person("first"))
    days_pass(6)
    SignIn.objects.all().delete()
    sign_in(device, make_person("second"))
    days_pass(6, TODAY + timedelta(days=6))
    assert primary(device) == "first"
    days_pass(1, TODAY + timedelta(days=12))
    assert primary(device) == "second"


def test_days_that_do_not_count_any_more_are_forgotten():
    device = make_device(online=True)
    sign_in(device, make_person("j.visser"))
    days_pass(3)
    from_use.delete_old_days(TODAY + timedelta(days=30))
    assert sorted(DayOfUse.objects.values_list("day", flat=True)) == [date(2026, 11, 23), date(2026, 11, 24)]


def test_a_look_takes_the_same_number_of_queries_for_many_devices(
    django_assert_num_queries, django_assert_max_num_queries
):
    person = make_person("j.visser")
    for _ in range(30):
        sign_in(make_device(online=True), person)
    with django_assert_max_num_queries(9):
        from_use.count_today(TODAY)
    with django_assert_num_queries(1):
        from_use.count_today(TODAY)


def test_the_page_says_from_what_and_an_administrator_decides_otherwise(admin):
    device, person, other = make_device(online=True), make_person("j.visser"), make_person("k.other")
    sign_in(device, person)
    now = datetime.now(UTC)
    days_pass(5, now - timedelta(days=4))
    page, form = reverse("devices:overview", args=[device.pk]), reverse("devices:edit", args=[device.pk])
    assert "from use: signed in here on 5 of the last 30 days" in admin.get(page).text
    facts = {"site": device.site_id, "primary_user": "k.other"}
    assert "choose “as set below”" in admin.post(form, facts | {"primary_by": "use"}).text
    assert primary(device) == "j.visser"
    admin.post(form, facts | {"primary_by": "administrator"})
    assert primary(device) == other.username
    assert "set by an administrator" in admin.get(page).text
    days_pass(1, now + timedelta(days=1))
    assert primary(device) == "k.other"
    admin.post(form, facts | {"primary_by": "use"})
    assert primary(device) == "j.visser"
