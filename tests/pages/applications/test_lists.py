"""The lists of applications, groups and deployments: search, filters, order, pages, export, ceilings of queries."""

from __future__ import annotations

import pytest
from django.urls import reverse

from applications.models import Application, Deployment, DeploymentType, GroupMember
from devices.models import Collection
from tests.make import NOW, deploy, make_application, make_collection, make_device, make_group
from tests.pages.author import author, root, written

pytestmark = pytest.mark.django_db


def names(answer):
    rows = answer.context["table"].page.object_list.data
    return [str(getattr(row, "application", row)) for row in rows]


@pytest.fixture
def several():
    """Applications: one deployed, one superseded, one without deployment types."""
    workstations = make_collection("Workstations", make_device())
    gimp = make_application("GIMP", version="3", publisher="GIMP Team")
    make_application("GIMP", version="2", superseded_by=gimp, types=2)
    make_application("Empty", types=0, publisher="Nobody")
    deploy(gimp, workstations)
    return workstations


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Empty 1.0", "GIMP 2", "GIMP 3"]),
        ("q=gimp", ["GIMP 2", "GIMP 3"]),
        ("q=team", ["GIMP 3"]),
        ("q=nothing", []),
        ("q=%00", []),
        ("show=deployed", ["GIMP 3"]),
        ("show=idle", ["Empty 1.0", "GIMP 2"]),
        ("show=superseded", ["GIMP 2"]),
        ("show=empty", ["Empty 1.0"]),
        ("show=everything", []),
        ("sort=-name", ["GIMP 3", "GIMP 2", "Empty 1.0"]),
        ("sort=-types", ["GIMP 2", "GIMP 3", "Empty 1.0"]),
        ("sort=-deployments", ["GIMP 3", "GIMP 2", "Empty 1.0"]),
        ("sort=password", ["Empty 1.0", "GIMP 2", "GIMP 3"]),
        ("page=99&per_page=banana", ["Empty 1.0", "GIMP 2", "GIMP 3"]),
    ],
)
def test_applications_are_searched_filtered_and_sorted_by_the_address(several, query, found):
    assert names(root().get(f"/applications/?{query}")) == found


@pytest.mark.parametrize("sort", ["name", "version", "publisher", "types", "deployments", "superseded_by"])
def test_applications_are_sorted_on_every_column(several, sort):
    client = root()
    up, down = (names(client.get(f"/applications/?sort={sign}{sort}")) for sign in ("", "-"))
    assert sorted(up) == sorted(down)


def test_r18_the_number_of_deployments_counts_those_in_sight(several):
    deploy(Application.objects.get(name="Empty"), make_collection("Elsewhere", make_device()))
    client = author(several)
    assert names(client.get("/applications/?show=deployed")) == ["GIMP 3"]
    rows = client.get("/applications/").context["table"].page.object_list.data
    assert [row.number_of_deployments for row in rows] == [0, 0, 1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Both 1.0", "Nobody 1.0"]),
        ("show=empty", ["Nobody 1.0"]),
        ("show=deployed", []),
        ("show=idle", ["Both 1.0", "Nobody 1.0"]),
        ("q=both", ["Both 1.0"]),
        ("sort=-members", ["Both 1.0", "Nobody 1.0"]),
    ],
)
def test_groups_are_searched_filtered_and_sorted_by_the_address(query, found):
    make_group("Both", make_application("A"), make_application("B"))
    make_group("Nobody")
    answer = root().get(f"/application-groups/?{query}")
    assert names(answer) == found
    assert not found or "A 1.0, B 1.0" in answer.content.decode() or query == "show=empty"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["A 1.0", "B 1.0", "C 1.0"]),
        ("q=work", ["A 1.0", "B 1.0"]),
        ("q=c", ["C 1.0"]),
        ("q=%00", []),
        ("way=required", ["A 1.0"]),
        ("way=available", ["C 1.0"]),
        ("way=approval", ["B 1.0"]),
        ("application=0", []),
        ("application=1.5", []),
        ("application=99999999999999999999999", []),
        ("application=x", []),
        ("sort=-application", ["C 1.0", "B 1.0", "A 1.0"]),
    ],
)
def test_deployments_are_searched_filtered_and_sorted_by_the_address(query, found):
    workstations, laptops = make_collection("Workstations", make_device()), make_collection("Laptops", make_device())
    deploy(make_application("A"), workstations, "required", deadline=NOW)
    deploy(make_application("B"), workstations, approval=True)
    deploy(make_application("C"), laptops, available_from=NOW)
    assert names(root().get(f"/deployments/?{query}")) == found


def test_deployments_of_one_application_or_one_collection():
    workstations = make_collection("Workstations", make_device())
    application = make_application("A")
    deploy(application, workstations)
    deploy(make_application("B"), workstations)
    client = root()
    assert names(client.get(f"/deployments/?application={application.pk}")) == ["A 1.0"]
    answer = client.get(f"/deployments/?collection={workstations.pk}&application={application.pk}")
    assert names(answer) == ["A 1.0"]
    assert "A 1.0, Workstations" in answer.content.decode()


@pytest.mark.parametrize("sort", ["application", "collection", "purpose", "available_from", "deadline", "created_by"])
def test_deployments_are_sorted_on_every_column(sort):
    for name in "AB":
        deploy(make_application(name), make_collection("", make_device()))
    client = root()
    up, down = (names(client.get(f"/deployments/?sort={sign}{sort}")) for sign in ("", "-"))
    assert sorted(up) == sorted(down) == ["A 1.0", "B 1.0"]


@pytest.mark.parametrize("page", ["list", "groups", "deployments"])
def test_an_empty_list_says_what_it_is_for(page):
    answer = author().get(reverse(f"applications:{page}"))
    assert "blank-title" in answer.content.decode()
    assert "<table" not in answer.content.decode()


@pytest.mark.parametrize("page", ["list", "groups", "deployments"])
def test_nothing_fits_is_not_the_same_as_nothing_there(page):
    deploy(make_group("Office", make_application("GIMP")), make_collection("Workstations", make_device()))
    answer = root().get(reverse(f"applications:{page}") + "?q=nothing")
    assert "Nothing fits" in answer.content.decode()


@pytest.mark.parametrize(
    ("page", "cell", "kind"),
    [
        ("list_export", "'=cmd()", "applications"),
        ("groups_export", "GIMP 3", "application_groups"),
        ("deployments_export", "Workstations", "deployments"),
    ],
)
def test_r4_an_export_has_what_the_list_shows_and_can_do_no_harm(several, page, cell, kind):
    make_application("=cmd()")
    deploy(make_group("Office", Application.objects.get(name="GIMP", version="3")), several)
    text = root().get(reverse(f"applications:{page}")).content.decode()
    assert cell in text
    assert written("exported").kind == kind


def test_r4_an_export_keeps_to_the_filter(several):
    text = root().get("/applications/export?show=superseded").content.decode()
    assert len(text.strip().splitlines()) == 2


def fill(number):
    collections = Collection.objects.bulk_create(
        Collection(name=f"Collection {place}", kind=Collection.Kind.DEVICES) for place in range(number)
    )
    applications = Application.objects.bulk_create(
        Application(name=f"Application {place}", version="1") for place in range(number)
    )
    groups = Application.objects.bulk_create(
        Application(name=f"Group {place}", version="1", is_group=True) for place in range(number)
    )
    DeploymentType.objects.bulk_create(
        DeploymentType(application=each, name="x", install_command="x", detection={"kind": "script", "script": "x"})
        for each in applications
    )
    GroupMember.objects.bulk_create(
        GroupMember(group=group, application=each) for group, each in zip(groups, applications, strict=True)
    )
    Deployment.objects.bulk_create(
        Deployment(application=each, collection=collection)
        for each, collection in zip(applications, collections, strict=True)
    )
    Application.objects.filter(pk__in=[each.pk for each in applications[1:]]).update(superseded_by=applications[0])
    return collections


@pytest.mark.parametrize("number", [10, 1000])
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(number, django_assert_max_num_queries):
    client = author(*fill(number))
    for page, most in (("list", 16), ("groups", 17), ("deployments", 16)):
        with django_assert_max_num_queries(most):
            answer = client.get(reverse(f"applications:{page}"))
        assert answer.context["total"] == number
    application, group = Application.objects.first(), Application.objects.filter(is_group=True).first()
    deployment = Deployment.objects.first()
    for page, most in (
        (application.get_absolute_url(), 27),
        (group.get_absolute_url(), 22),
        (deployment.get_absolute_url(), 20),
        (reverse("applications:create"), 14),
        (reverse("applications:edit", args=[application.pk]), 24),
        (reverse("applications:group_edit", args=[group.pk]), 22),
        (reverse("applications:deployment_create"), 16),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(page).status_code == 200
    for page in ("list_export", "groups_export", "deployments_export"):
        with django_assert_max_num_queries(18):
            assert client.get(reverse(f"applications:{page}")).status_code == 200
