"""Making, changing and deleting a deployment: what is refused, the preview that counts devices, times, audit log."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from applications.authoring.deployments import save_deployment
from applications.authoring.saving import SaveRefused
from applications.models import Deployment
from audit.models import AuditEntry
from devices.access.permissions import ADD_DEPLOYMENT, CHANGE_DEPLOYMENT, READ_APPLICATION, READ_COLLECTION
from tests.make import (
    NOW,
    deploy,
    make_application,
    make_collection,
    make_device,
    make_group,
    make_person,
    make_report,
    make_request,
    make_user,
)
from tests.pages.author import RIGHTS, author, errors_of, root, written

pytestmark = pytest.mark.django_db
NEW = "/deployments/new"


@pytest.fixture
def gimp():
    return make_application("GIMP", version="3.0.6")


@pytest.fixture
def workstations():
    return make_collection("Workstations", make_device("PC-1"), make_device("PC-2"))


def plan(application, collection, purpose="available", **fields):
    return {"application": application.pk, "collection": collection.pk, "purpose": purpose, **fields}


def preview(client, address=NEW, **fields):
    return client.get(f"{address}?{urlencode({**fields, 'preview': 1}, doseq=True)}")


def test_a_preview_asks_with_the_number_of_devices_and_writes_nothing(gimp, workstations):
    answer = preview(root(), **plan(gimp, workstations))
    page = answer.content.decode()
    assert "Deploy GIMP 3.0.6 to 2 devices?" in page
    assert "PC-1" in page
    assert not Deployment.objects.exists()
    assert not AuditEntry.objects.filter(verb="created").exists()


def test_the_button_under_the_preview_deploys_what_was_previewed(gimp, workstations):
    """R20"""
    client = author(workstations)
    answer = preview(client, **plan(gimp, workstations, "required", deadline="2026-11-23T18:00"))
    fields = dict(answer.context["fields"])
    answer = client.post(NEW, fields, follow=True)
    made = Deployment.objects.get()
    assert answer.redirect_chain == [(made.get_absolute_url(), 302)]
    assert (made.application, made.collection, made.purpose) == (gimp, workstations, "required")
    assert made.created_by.username == "author"
    entry = written("created")
    assert (entry.kind, entry.name) == ("deployment", "GIMP 3.0.6 → Workstations")
    assert entry.facts["changes"]["deadline"] == {"old": None, "new": "2026-11-23T18:00:00+00:00"}


def test_times_are_those_of_the_viewer_and_stay_that_moment_when_the_viewer_travels(gimp, workstations):
    client = root()
    client.cookies["tz"] = "Europe/Amsterdam"
    answer = preview(client, **plan(gimp, workstations, available_from="2026-07-01T09:30"))
    fields = dict(answer.context["fields"])
    assert fields["available_from"] == "2026-07-01T09:30:00+02:00"
    assert "Europe/Amsterdam" in client.get(NEW).content.decode()
    client.cookies["tz"] = "Asia/Tokyo"
    client.post(NEW, fields)
    assert Deployment.objects.get().available_from == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize("time", ["2026-03-29T02:30", "2026-10-25T02:30"])
def test_a_time_that_the_clock_skips_or_shows_twice_is_refused(gimp, workstations, time):
    client = root()
    client.cookies["tz"] = "Europe/Amsterdam"
    answer = preview(client, **plan(gimp, workstations, available_from=time))
    assert "Europe/Amsterdam" in errors_of(answer)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"application": ""}, "required"),
        ({"collection": ""}, "required"),
        ({"purpose": ""}, "required"),
        ({"purpose": "optional"}, "not one of the available choices"),
        ({"deadline": "2026-11-23T18:00"}, "has no deadline"),
        ({"purpose": "required", "requires_approval": "on"}, "nobody approves it"),
        (
            {"purpose": "required", "available_from": "2026-11-23T18:00", "deadline": "2026-11-23T17:59"},
            "The deadline is before the moment",
        ),
        ({"available_from": "soon"}, "Enter a valid date"),
        ({"available_from": "0001-01-01T00:00"}, "Choose a year from 2000 to 2100"),
        ({"purpose": "required", "deadline": "9999-12-31T23:59"}, "Choose a year from 2000 to 2100"),
    ],
    ids=lambda part: str(part)[:40],
)
def test_what_is_wrong_with_a_deployment_is_explained(gimp, workstations, fields, said):
    client = root()
    sent = plan(gimp, workstations) | fields
    assert said in errors_of(preview(client, **sent))
    assert said in errors_of(client.post(NEW, sent))
    assert not Deployment.objects.exists()


def test_what_has_nothing_to_run_is_not_deployed(workstations):
    empty = make_application("Empty", types=0)
    cases = {
        empty: "Empty 1.0 has no deployment type, so there is nothing to run.",
        make_group("Nobody"): "The group Nobody 1.0 has no members",
        make_group("Half", make_application("Full"), empty): "members without a deployment type: Empty 1.0.",
    }
    client = root()
    for application, said in cases.items():
        assert said in errors_of(preview(client, **plan(application, workstations)))
        with pytest.raises(SaveRefused, match=r"nothing to|without"):
            save_deployment(Deployment(application=application, collection=workstations), user=make_user())
    assert not Deployment.objects.exists()


def test_an_application_is_deployed_to_a_collection_once(gimp, workstations):
    deploy(gimp, workstations)
    assert "is deployed to Workstations already" in errors_of(preview(root(), **plan(gimp, workstations)))
    with pytest.raises(SaveRefused, match="already"):
        save_deployment(Deployment(application=gimp, collection=workstations), user=make_user())


def test_r18_only_collections_that_one_may_read_and_deploy_to_can_be_chosen(gimp, workstations, client):
    elsewhere = make_collection("Elsewhere", make_device("PC-9"))
    user = make_user("half", READ_COLLECTION, READ_APPLICATION, reads=[elsewhere, workstations])
    other = make_user("other", READ_COLLECTION, READ_APPLICATION, ADD_DEPLOYMENT, reads=[workstations])
    user.groups.add(other.groups.get())
    client.force_login(user)
    page = client.get(NEW).content.decode()
    assert "Workstations" in page
    assert "Elsewhere" not in page
    assert "not one of the available choices" in errors_of(preview(client, **plan(gimp, elsewhere)))
    assert "not one of the available choices" in errors_of(client.post(NEW, plan(gimp, elsewhere)))


def test_r18_the_right_to_change_must_hold_on_this_very_collection(gimp, workstations, client):
    elsewhere = make_collection("Elsewhere", make_device("PC-9"))
    user = make_user("half", READ_COLLECTION, READ_APPLICATION, reads=[elsewhere])
    other = make_user("other", CHANGE_DEPLOYMENT, reads=[workstations])
    user.groups.add(other.groups.get())
    client.force_login(user)
    deployment = deploy(gimp, elsewhere)
    answer = client.get(reverse("applications:deployment_edit", args=[deployment.pk]))
    assert answer.status_code == 403
    assert "on the collection Elsewhere" in answer.content.decode()
    assert "edit" not in client.get(deployment.get_absolute_url()).content.decode().split("<main")[1].split("</main")[0]


def test_a_link_to_the_form_chooses_what_it_names_and_the_way_back_keeps_everything(gimp, workstations):
    client = root()
    assert f'value="{gimp.pk}" selected' in client.get(f"{NEW}?application={gimp.pk}").content.decode()
    answer = preview(client, **plan(gimp, workstations, requires_approval="on", available_from="2026-11-23T18:00"))
    form = client.get(NEW + answer.context["back"]).content.decode()
    assert "2026-11-23T18:00" in form
    assert f'value="{workstations.pk}" selected' in form
    assert "checked" in form.split('name="requires_approval"')[1].split(">")[0]


def test_a_change_is_previewed_too_and_says_what_changed(gimp, workstations):
    """R20"""
    deployment = deploy(gimp, workstations, "required", deadline=NOW)
    client = author(workstations)
    address = reverse("applications:deployment_edit", args=[deployment.pk])
    answer = preview(client, address, deadline="2026-11-30T08:00", available_from="")
    assert "Change the deployment of GIMP 3.0.6 to 2 devices?" in answer.content.decode()
    deployment.refresh_from_db()
    assert deployment.deadline == NOW
    client.post(address, dict(answer.context["fields"]))
    deployment.refresh_from_db()
    assert deployment.deadline == datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert written("changed").facts["changes"] == {
        "deadline": {"old": "2026-11-20T13:32:00+00:00", "new": "2026-11-30T08:00:00+00:00"}
    }


@pytest.mark.parametrize("part", ["purpose", "application", "collection"])
def test_what_devices_act_on_already_is_not_changed_and_says_why(gimp, workstations, part):
    deployment = deploy(gimp, workstations)
    other = {"purpose": "required", "application": make_application().pk, "collection": make_collection().pk}[part]
    client = root()
    answer = client.post(reverse("applications:deployment_edit", args=[deployment.pk]), {part: other})
    assert f"The {part} of a deployment cannot be changed." in errors_of(answer)
    unchanged = Deployment.objects.get()
    assert (unchanged.purpose, unchanged.application, unchanged.collection) == ("available", gimp, workstations)
    setattr(unchanged, part if part == "purpose" else f"{part}_id", other)
    with pytest.raises(SaveRefused, match="make a new one"):
        save_deployment(unchanged, user=make_user())


def test_the_form_of_a_deployment_offers_only_what_goes_with_its_purpose(gimp, workstations):
    required, available = deploy(gimp, workstations, "required"), deploy(make_application(), workstations)
    client = root()
    for deployment, there, gone in ((required, "deadline", "approval"), (available, "approval", "deadline")):
        form = client.get(reverse("applications:deployment_edit", args=[deployment.pk])).context["form"]
        assert any(there in name for name in form.fields)
        assert not any(gone in name for name in form.fields)


def test_before_a_deployment_goes_the_question_says_what_changes_for_how_many(gimp, workstations):
    deployment = deploy(gimp, workstations, "required")
    first, second = (member.device for member in workstations.device_members.order_by("device__name"))
    make_report(first, gimp)
    make_request(second, gimp)
    client = author(workstations)
    address = reverse("applications:deployment_delete", args=[deployment.pk])
    answer = client.get(address)
    assert "Delete the deployment of GIMP 3.0.6 to 2 devices?" in answer.content.decode()
    assert dict(answer.context["question"]["facts"]) == {
        "Reaches": "2 devices",
        "Stays installed on": "1 device",
        "Not installed there yet": "1 device",
        "Open requests there": "1",
    }
    assert Deployment.objects.exists()
    answer = client.post(address, follow=True)
    assert "Deleted the deployment GIMP 3.0.6 → Workstations." in answer.content.decode()
    assert not Deployment.objects.exists()
    assert written("deleted").facts["changes"]["collection"] == {"old": "Workstations", "new": None}


def test_somebody_else_was_faster(gimp, workstations):
    deployment = deploy(gimp, workstations)
    stale = Deployment.objects.get(pk=deployment.pk)
    deployment.delete()
    with pytest.raises(SaveRefused, match="deleted it meanwhile"):
        save_deployment(stale, user=make_user())


def test_r18_of_the_devices_that_persons_use_only_those_in_sight_are_counted(gimp, client):
    mara = make_person("m.deboer")
    make_device("PC-SEEN", primary_user=mara, collections=[seen := make_collection("Seen", make_device("PC-1"))])
    make_device("PC-HIDDEN", primary_user=mara)
    persons = make_collection("Designers", mara)
    client.force_login(make_user("author", *RIGHTS, reads=[seen, persons]))
    page = preview(client, **plan(gimp, persons)).content.decode()
    assert "Deploy GIMP 3.0.6 to 1 user (1 device)?" in page
    assert "PC-SEEN" in page
    assert "PC-HIDDEN" not in page
    assert "m.deboer" in page
