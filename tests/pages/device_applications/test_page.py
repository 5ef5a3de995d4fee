"""A device's Applications page (R1–R5, R8, R12, R13, R15, R18, R19): who sees what, filters, order, pane, empty."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from applications.models import Application, RequestEvent, RequestStep
from devices.models import Device, DeviceMember
from tests.make import (
    deploy,
    make_application,
    make_approver,
    make_collection,
    make_device,
    make_group,
    make_person,
    make_reader,
    make_report,
    make_request,
    make_site,
    make_user,
    sign_in,
)

pytestmark = pytest.mark.django_db
CEILING = 42
EXIT_CODE = {"exit_code": 1603, "meaning": "fatal error during installation"}


@pytest.fixture
def device():
    return make_device("LT-AMS-0421", time_zone="Europe/Amsterdam")


@pytest.fixture
def everything(device):
    return make_collection("All devices", device)


@pytest.fixture
def admin():
    return make_user("admin", superuser=True)


def url(device):
    return reverse("applications:device", args=[device.pk])


def names(page):
    return [application.name for application in page.context["table"].page.object_list.data]


# The four visitors


def test_a_reader_sees_the_list_and_no_action_that_can_be_clicked(client, device, everything):
    deploy(make_application("GIMP"), everything, approval=True)
    client.force_login(make_reader(everything))
    page = client.get(url(device), {"app": Application.objects.get().pk})
    assert page.status_code == 200
    assert "GIMP" in page.text
    assert all(command["reason"] for command in page.context["commands"])
    assert page.text.count('data-act="') == page.text.count('aria-disabled="true"') == 5
    assert 'form="pane-act" name="command"' not in page.text


def test_an_approver_can_click_what_is_possible(client, device, everything):
    deploy(make_application("GIMP"), everything, approval=True)
    client.force_login(make_approver(everything))
    page = client.get(url(device))
    possible = {command["name"] for command in page.context["commands"] if not command["reason"]}
    assert possible == {"install", "reevaluate"}


@pytest.mark.parametrize("name", ["device", "export", "device_requests"])
def test_anonymous_is_sent_to_sign_in(client, device, name):
    address = reverse(f"applications:{name}", args=[device.pk])
    assert client.get(address).headers["Location"] == f"{reverse('signin')}?next={address}"


@pytest.mark.parametrize("name", ["device", "export", "device_requests", "live"])
def test_a_stranger_gets_404(client, device, name):
    client.force_login(make_approver(make_collection("Elsewhere")))
    assert client.get(reverse(f"applications:{name}", args=[device.pk])).status_code == 404


@pytest.mark.parametrize("name", ["device", "export", "device_requests", "live"])
def test_who_may_read_the_device_but_not_applications_gets_403_that_names_it(client, device, everything, name):
    client.force_login(make_user("", "devices.read_collection", reads=[everything]))
    page = client.get(reverse(f"applications:{name}", args=[device.pk]))
    assert page.status_code == 403
    assert "applications.read_application" in page.text


def test_permission_on_another_collection_does_not_count_here(client, device, everything):
    user = make_user("", "devices.read_collection", reads=[everything])
    user.groups.add(make_reader(make_collection("Elsewhere")).groups.get())
    client.force_login(user)
    page = client.get(url(device))
    assert page.status_code == 403
    assert "LT-AMS-0421" in page.text


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        ("en", ["Install", "Reinstall", "Re-evaluate", "Uninstall", "Repair"]),
        ("nl", ["Installeren", "Opnieuw installeren", "Opnieuw evalueren", "Verwijderen", "Reparatie"]),
    ],
)
def test_r1_the_five_actions_are_buttons_above_the_list(client, device, everything, admin, language, labels):
    deploy(make_application("GIMP"), everything)
    client.force_login(admin)
    client.cookies["django_language"] = language
    with override(language):  # and back to what it was
        page = client.get(url(device))
    above, _table = page.text.split("<table", 1)
    buttons = re.findall(r"<button [^>]*data-act=.*?</button>", above, re.DOTALL)
    assert [re.search(r"<span>([^<]*)</span>\s*</button>", button)[1] for button in buttons] == labels


# The list


def test_an_application_that_reaches_the_device_in_several_ways_is_one_row_that_names_them(
    client, device, everything, admin
):
    visser = make_person("j.visser")
    sign_in(device, visser)
    gimp = make_application("GIMP")
    deploy(gimp, everything, "required"), deploy(gimp, make_collection("Design", visser))
    client.force_login(admin)
    page = client.get(url(device))
    assert names(page) == ["GIMP"]
    assert "Required · All devices; Available to j.visser · Design" in page.text


def test_what_needs_attention_comes_first(client, device, everything, admin):
    for name, found in (("A", "installed"), ("B", ""), ("C", "failed"), ("D", "restart_pending")):
        application = make_application(name)
        deploy(application, everything)
        if found:
            make_report(device, application, found)
    client.force_login(admin)
    assert names(client.get(url(device))) == ["C", "D", "B", "A"]


@pytest.mark.parametrize("column", ["name", "status", "version", "through", "deadline", "changed"])
def test_every_column_sorts_both_ways_and_no_row_is_lost_or_repeated(client, device, everything, admin, column):
    for number in range(60):
        application = make_application(f"App {number % 20}", version=str(number))
        required = number % 3 == 0
        deploy(
            application,
            everything,
            "required" if required else "available",
            deadline=timezone.now() + timedelta(days=number) if required and number % 2 else None,
        )
    client.force_login(admin)
    for sort in (column, f"-{column}"):
        pages = [client.get(url(device), {"sort": sort, "per_page": 25, "page": page}) for page in (1, 2, 3)]
        ids = [application.pk for page in pages for application in page.context["table"].page.object_list.data]
        assert len(ids) == len(set(ids)) == 60


def test_the_status_filter_and_the_counts_follow_the_search(client, device, everything, admin):
    for name, found in (("Alpha", "installed"), ("Beta", "installed"), ("Gamma", "failed")):
        application = make_application(name, publisher=f"{name} Inc")
        deploy(application, everything)
        make_report(device, application, found)
    client.force_login(admin)
    page = client.get(url(device), {"status": "installed"})
    assert names(page) == ["Alpha", "Beta"]
    assert page.context["page"].counts["failed"] == 1
    page = client.get(url(device), {"q": "beta inc"})
    assert names(page) == ["Beta"]
    assert page.context["page"].counts["failed"] == 0
    assert "No application fits" in client.get(url(device), {"q": "omega"}).text


@pytest.mark.parametrize(
    "query", ["status=nonsense", "q=%00", "app=999", "app=x", "app=" + "9" * 30, "ask=install&id=999", "ask=x&id=1"]
)
def test_an_address_that_makes_no_sense_is_still_a_page(client, device, everything, admin, query):
    deploy(make_application("GIMP"), everything)
    client.force_login(admin)
    assert client.get(f"{url(device)}?{query}").status_code == 200


@pytest.mark.parametrize("applications", [10, 200])
def test_the_number_of_queries_does_not_depend_on_the_number_of_applications(
    client, device, everything, django_assert_max_num_queries, applications
):
    person = make_person("j.visser")
    sign_in(device, person)
    for number in range(applications):
        application = make_application(f"App {number}")
        deploy(application, everything)
        if number < 100:
            make_request(device, application, "running", percent=number)
    client.force_login(make_approver(everything, make_collection("Persons", person)))
    for query in ({}, {"per_page": 100}, {"app": application.pk}):
        with django_assert_max_num_queries(CEILING):
            client.get(url(device), query)


def test_persons_outside_the_collections_appear_nowhere(client, device, everything):
    hidden = make_person("z.hidden")
    Device.objects.filter(pk=device.pk).update(primary_user=hidden)
    sign_in(device, hidden)
    secret, both = make_application("Secret tool"), make_application("GIMP")
    private = make_collection("Private", hidden)
    deploy(secret, private), deploy(both, private), deploy(both, everything)
    make_report(device, both, "failed", person=hidden)
    make_request(device, both, "queued", person=hidden)
    client.force_login(make_reader(everything))
    pages = [
        client.get(address)
        for address in (
            url(device),
            f"{url(device)}?app={both.pk}",
            f"{url(device)}?app={secret.pk}",
            f"{url(device)}?q=Secret",
            reverse("applications:export", args=[device.pk]),
            reverse("applications:device_requests", args=[device.pk]),
            reverse("devices:overview", args=[device.pk]),
            reverse("devices:device_collections", args=[device.pk]),
        )
    ]
    for page in pages:
        assert page.status_code == 200
        for word in ("z.hidden", "Secret tool", "Private"):
            assert word not in page.text


# What versions and presence leave possible


def test_a_site_older_than_2010_lists_nothing_and_says_so(client, everything, admin):
    device = make_device("LT-OLD", site=make_site("OLD", "2006"), collections=[everything])
    deploy(make_application("GIMP"), everything, approval=True)
    client.force_login(admin)
    page = client.get(url(device))
    assert "This site lists no applications" in page.text
    assert "OLD 2006" in page.text


def test_an_old_client_is_told_at_the_head_of_the_page(client, everything, admin):
    device = make_device("LT-OLD", site=make_site("RTM", "2103"), client_version="2006", collections=[everything])
    deploy(make_application("GIMP"), everything)
    client.force_login(admin)
    assert "Client 2006 on site 2103." in client.get(url(device)).text


def test_an_old_site_is_told_at_the_head_of_the_page(client, everything, admin):
    device = make_device("LT-EHV", site=make_site("EHV", "2010"), collections=[everything])
    deploy(make_application("GIMP"), everything, approval=True)
    client.force_login(admin)
    assert "Site version 2010." in client.get(url(device)).text


def test_an_offline_device_has_a_banner_and_reasons(client, everything, admin):
    """R10, R23"""
    device = make_device("LT-OFF", online=False, collections=[everything])
    application = make_application("GIMP")
    deploy(application, everything)
    client.force_login(admin)
    page = client.get(url(device))
    assert "Offline since" in page.text
    assert "the device is offline since" in page.context["commands"][0]["reason"]["text"]


def test_a_device_that_nothing_reaches_explains_the_four_ways(client, device, everything, admin):
    sign_in(device, make_person("j.visser"))
    client.force_login(admin)
    page = client.get(url(device))
    assert "No application reaches this device" in page.text
    assert "The device is in 1 collection that you may read: All devices." in page.text
    assert "Signed in: j.visser." in page.text
    assert "No primary user is set." in page.text


# The pane


@pytest.fixture
def required(device, everything):
    application = make_application("Company VPN", version="5.2.1", publisher="IT Operations")
    deploy(
        application,
        everything,
        "required",
        available_from=datetime(2027, 3, 27, 7, tzinfo=UTC),
        deadline=datetime(2027, 3, 28, 16, tzinfo=UTC),
    )
    return application


def test_a_required_application_shows_its_schedule_in_both_time_zones_over_a_change_of_the_clock(
    client, device, required, admin
):
    """R5: the clock goes forward on 28 March 2027."""
    client.force_login(admin)
    client.cookies["tz"] = "America/New_York"
    page = client.get(url(device), {"app": required.pk})
    for text in (
        "Required, installs by itself",
        "Sat 27 Mar 2027, 08:00",
        "03:00",
        "Sun 28 Mar 2027, 18:00",
        "12:00",
        "device time (Amsterdam)",
        "your time (New York)",
        "All devices",
    ):
        assert text in page.text


def test_r5_the_schedule_says_which_deployment_and_collection_it_comes_from(client, device, required, admin):
    visser = make_person("j.visser")
    sign_in(device, visser)
    baseline = deploy(required, make_collection("Office baseline", device), approval=True)
    developers = deploy(required, make_collection("Developers", visser))
    client.force_login(admin)
    page = client.get(url(device), {"status": "required", "app": required.pk})
    assert names(page) == ["Company VPN"]
    listed = [{str(name): str(value) for name, value in facts} for facts in page.context["deployments"]]
    assert [(re.sub("<[^>]*>", "", f["Deployment"]), re.sub("<[^>]*>", "", f["Collection"])) for f in listed] == [
        ("Required", "All devices"),
        ("Available to j.visser", "Developers"),
        ("Needs approval", "Office baseline"),
    ]
    assert [list(facts) for facts in listed] == [
        ["Deployment", "Collection", "Available from", "Deadline"],
        ["Deployment", "Collection", "Available from"],
        ["Deployment", "Collection", "Available from", "Approval"],
    ]
    for deployment in (baseline, developers):
        assert f'href="{reverse("applications:deployment", args=[deployment.pk])}"' in page.text


def test_r5_the_list_says_when_an_installation_is_expected(client, device, required, admin):
    client.force_login(admin)
    cell = re.search(rf'<span id="d{required.pk}">.*?</td>', client.get(url(device)).text, re.DOTALL)
    assert cell
    assert 'datetime="2027-03-28T16:00:00' in cell[0]


def test_the_same_clock_is_said_once(client, device, required, admin):
    client.force_login(admin)
    client.cookies["tz"] = "Europe/Amsterdam"
    page = client.get(url(device), {"app": required.pk})
    assert "device time, and yours" in page.text
    assert "your time (" not in page.text


@pytest.mark.parametrize("zone", ["", "Mars/Olympus"])
def test_a_device_without_a_known_time_zone_shows_that_of_the_viewer(client, device, required, admin, zone):
    Device.objects.filter(pk=device.pk).update(time_zone=zone)
    client.force_login(admin)
    assert "your time (UTC)" in client.get(url(device), {"app": required.pk}).text


def test_r5_the_pane_of_a_member_tells_of_the_group_that_brought_it(client, device, admin):
    application = make_application("Runtime")
    group = make_group("Bundle", application)
    deploy(application, device), deploy(group, device)
    make_request(device, group, "succeeded", requester="mara")
    client.force_login(admin)
    html = client.get(f"/devices/{device.pk}/applications/?app={application.pk}").text
    assert "Install, Bundle 1.0 · asked by mara" in html


def test_the_pane_tells_the_history_with_steps_exit_code_and_output(client, device, required, admin):
    asked = make_request(
        device, required, "failed", requester="mara", reason="exit_code", facts={"exit_code": 1603}, comment="ticket 7"
    )
    for state in ("queued", "sent", "acknowledged", "running", "failed"):
        ended = {"code": "exit_code", "facts": EXIT_CODE} if state == "failed" else {}
        RequestEvent.objects.create(request=asked, at=asked.created_at, state=state, address="192.0.2.14", **ended)
    RequestStep.objects.create(
        request=asked,
        application=required,
        ran=True,
        exit_code=1603,
        meaning="failure",
        detected="not_installed",
        output="<script>alert(1)</script> the last line",
    )
    client.force_login(admin)
    page = client.get(url(device), {"app": required.pk})
    for text in (
        "Asked by mara",
        "From 192.0.2.14. Reason: ticket 7.",
        "Acknowledged by the client",
        "Exit code 1603: fatal error during installation. Detection does not find it.",
        "the last line",
        "&lt;script&gt;",
    ):
        assert text in page.text
    assert "<script>alert" not in page.text


def test_an_open_request_can_be_cancelled_until_the_client_confirmed_it(client, device, required, admin):
    asked = make_request(device, required, "sent", requester="mara")
    client.force_login(admin)
    cancel = reverse("applications:cancel", args=[asked.pk])
    assert cancel in client.get(url(device), {"app": required.pk}).text
    assert "when not confirmed by then" in client.get(url(device), {"app": required.pk}).text
    type(asked).objects.update(state="acknowledged", acknowledged_at=timezone.now())
    assert cancel not in client.get(url(device), {"app": required.pk}).text


def test_a_group_shows_its_members_in_order(client, device, everything, admin):
    """R13"""
    first, second = make_application("First"), make_application("Second")
    make_report(device, first, "installed")
    group = make_group("Office tools", first, second)
    deploy(group, everything, "required")
    client.force_login(admin)
    page = client.get(url(device), {"app": group.pk})
    assert "Group of 2 applications" in page.text
    assert page.text.index("First 1.0") < page.text.index("Second 1.0")
    assert "1 of 2 installed, next: Second" in page.text


def test_a_superseded_application_names_what_comes_instead(client, device, everything, admin):
    """R15"""
    new = make_application("7-Zip", version="25.01")
    old = make_application("7-Zip", version="23.01", superseded_by=new)
    deploy(old, everything)
    client.force_login(admin)
    assert "Superseded by 7-Zip 25.01" in client.get(url(device), {"app": old.pk}).text


# The other pages of a device


def test_overview_requests_and_collections(client, device, everything):
    application = make_application("GIMP")
    deploy(application, everything)
    make_request(device, application, "succeeded", requester="mara")
    DeviceMember.objects.create(device=device, collection=make_collection("Secret"))
    client.force_login(make_reader(everything))
    overview = client.get(reverse("devices:overview", args=[device.pk]))
    assert "1 reaches this device" in overview.text
    assert "Install: GIMP 1.0" in overview.text
    requests = client.get(reverse("applications:device_requests", args=[device.pk]))
    assert "mara" in requests.text
    collections = client.get(reverse("devices:device_collections", args=[device.pk]))
    assert "All devices" in collections.text
    assert "Secret" not in collections.text


@pytest.mark.parametrize("name", ["overview", "device_collections"])
def test_the_pages_about_the_device_are_404_outside_and_ask_to_sign_in(client, device, name):
    address = reverse(f"devices:{name}", args=[device.pk])
    assert client.get(address).headers["Location"] == f"{reverse('signin')}?next={address}"
    client.force_login(make_reader(make_collection("Elsewhere")))
    assert client.get(address).status_code == 404


def test_who_may_not_read_applications_sees_the_device_and_nothing_of_applications(client, device, everything):
    deploy(make_application("GIMP"), everything)
    client.force_login(make_user("", "devices.read_collection", reads=[everything]))
    overview = client.get(reverse("devices:overview", args=[device.pk]))
    assert overview.status_code == 200
    assert "GIMP" not in overview.text
    assert reverse("applications:device", args=[device.pk]) not in overview.text.split("<main", 1)[1]


def test_r11_the_pane_says_what_to_do_about_a_refusal(client):
    """With a link where there is a page for it that the viewer may open, and none where not."""
    device, application = make_device(online=True), make_application("GIMP")
    everything = make_collection("Everything", device)
    deployment = deploy(application, everything, "required")
    make_report(device, application)
    application.deployment_types.update(uninstall_command="true", repair_command="")
    client.force_login(make_approver(everything))
    page = client.get(device.get_absolute_url(), {"app": application.pk}).text
    pane = page.partition("Not possible now")[2].partition("</dl>")[0]
    assert "A Required deployment reaches this device (Everything)" in pane
    assert f'href="{deployment.get_absolute_url()}"' in pane
    assert "No deployment type has a repair command" in pane
    assert f'href="{application.get_absolute_url()}"' in pane
    elsewhere = make_collection("Elsewhere", device)
    client.force_login(make_approver(elsewhere))
    pane = client.get(device.get_absolute_url(), {"app": application.pk}).text.partition("Not possible now")[2]
    assert deployment.get_absolute_url() not in pane
