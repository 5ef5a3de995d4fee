"""Making, changing, superseding and deleting an application."""

from __future__ import annotations

import pytest
from django.urls import reverse

from applications.authoring.applications import save_application
from applications.authoring.saving import SaveRefused
from applications.models import Application
from applications.revisions.definitions import signed
from audit.models import AuditEntry
from devices.models import Device
from tests.make import (
    deploy,
    make_application,
    make_collection,
    make_device,
    make_group,
    make_report,
    make_request,
    make_user,
    need,
)
from tests.pages.author import NO_DEPENDENCIES, author, errors_of, root, written

pytestmark = pytest.mark.django_db


def form(**fields):
    return {
        "name": "GIMP",
        "version": "3.0.6",
        "publisher": "GIMP Team",
        "description": "",
        "superseded_by": "",
        **NO_DEPENDENCIES,
        **fields,
    }


def test_an_application_is_made_and_the_audit_log_says_by_whom_with_what():
    """R20"""
    answer = author().post(reverse("applications:create"), form(), follow=True)
    made = Application.objects.get()
    assert answer.redirect_chain == [(made.get_absolute_url(), 302)]
    assert "Made GIMP 3.0.6." in answer.content.decode()
    entry = written("created")
    assert (entry.kind, entry.name, entry.object_id) == ("application", "GIMP 3.0.6", str(Application.objects.get().pk))
    assert (entry.actor, entry.address) == ("author", "127.0.0.1")
    assert entry.facts["changes"]["publisher"] == {"old": None, "new": "GIMP Team"}


def test_a_change_says_what_was_and_what_is_and_no_change_says_nothing():
    """R20"""
    made = make_application("GIMP", version="3.0.6")
    client = author()
    client.post(reverse("applications:edit", args=[made.pk]), form(publisher="GIMP Team", version="3.0.8"))
    assert written("changed").facts["changes"] == {
        "version": {"old": "3.0.6", "new": "3.0.8"},
        "publisher": {"old": "", "new": "GIMP Team"},
    }
    client.post(reverse("applications:edit", args=[made.pk]), form(publisher="GIMP Team", version="3.0.8"))
    assert AuditEntry.objects.filter(verb="changed").count() == 1


def test_the_same_name_and_version_twice_is_refused():
    make_application("GIMP", version="3.0.6")
    assert "already exists" in errors_of(author().post(reverse("applications:create"), form()))


def test_an_application_needs_a_name():
    assert "required" in errors_of(author().post(reverse("applications:create"), form(name=" ")))


def test_r15_the_superseding_application_is_chosen_and_shown_on_both_pages():
    newer, older = make_application("GIMP", version="3.0.6"), make_application("GIMP", version="2.10")
    client = author()
    client.post(reverse("applications:edit", args=[older.pk]), form(version="2.10", superseded_by=newer.pk))
    older.refresh_from_db()
    assert older.superseded_by == newer
    assert written("changed").facts["changes"]["superseded_by"] == {"old": None, "new": "GIMP 3.0.6"}
    assert "GIMP 2.10" in client.get(newer.get_absolute_url()).content.decode()
    assert "GIMP 3.0.6" in client.get(older.get_absolute_url()).content.decode()


def test_r25_dependencies_are_chosen_in_order_signed_audited_and_shown_on_both_pages():
    gimp, python, library = (make_application(name) for name in ("GIMP", "Python", "Library"))
    client, address = author(), reverse("applications:edit", args=[gimp.pk])
    rows = {"dependency-TOTAL_FORMS": "2", "dependency-0-application": python.pk, "dependency-0-position": "2"}
    rows |= {"dependency-1-application": library.pk, "dependency-1-position": "1"}
    sent = form(version="1.0", **rows)
    assert "Dependency 5" in client.post(address, {**sent, "more": "1"}).text
    client.post(address, sent)
    assert written("changed").facts["changes"]["dependencies"] == {"old": [], "new": ["Library 1.0", "Python 1.0"]}
    gimp.refresh_from_db()
    assert signed(gimp.revision)["dependencies"] == [library.pk, python.pk]
    assert "Needed by" in client.get(python.get_absolute_url()).text
    assert "Needs first" in client.get(gimp.get_absolute_url()).text
    answer = client.post(reverse("applications:delete", args=[python.pk]))
    assert "Other applications need it: GIMP 1.0." in answer.text
    client.post(address, sent | {"dependency-INITIAL_FORMS": "2", "dependency-0-DELETE": "on"})
    assert [each.needs for each in gimp.needs.all()] == [library]


def test_r25_a_circle_of_dependencies_is_refused_with_a_sentence_that_shows_it():
    gimp = make_application("GIMP")
    python = need(make_application("Python"), gimp)
    rows = {"dependency-TOTAL_FORMS": "1", "dependency-0-application": python.pk}
    answer = author().post(reverse("applications:edit", args=[gimp.pk]), form(version="1.0", **rows))
    assert "GIMP 1.0 → Python 1.0 → GIMP 1.0" in errors_of(answer)


def test_r15_a_circle_is_refused_with_a_sentence_that_shows_it():
    a = make_application("A")
    b = make_application("B", superseded_by=a)
    c = make_application("C", superseded_by=b)
    sent = form(name="A", version="1.0", superseded_by=c.pk)
    answer = author().post(reverse("applications:edit", args=[a.pk]), sent)
    assert "A 1.0 → C 1.0 → B 1.0 → A 1.0" in errors_of(answer)
    a.refresh_from_db()
    assert a.superseded_by is None


def test_r15_a_circle_is_also_refused_where_it_is_saved_whatever_a_form_thought():
    a, b = make_application("A"), make_application("B")
    stale = Application.objects.get(pk=a.pk)
    stale.superseded_by = b
    Application.objects.filter(pk=b.pk).update(superseded_by=a)
    with pytest.raises(SaveRefused, match=r"A 1\.0 → B 1\.0 → A 1\.0"):
        save_application(stale, user=make_user("somebody"))
    assert Application.objects.get(pk=a.pk).superseded_by is None


def test_r15_a_group_neither_supersedes_nor_is_superseded():
    application, group = make_application("A"), make_group("Office", make_application("B"))
    sent = form(name="A", version="1.0", superseded_by=group.pk)
    answer = author().post(reverse("applications:edit", args=[application.pk]), sent)
    assert "not one of the available choices" in errors_of(answer)
    group.superseded_by = application
    with pytest.raises(SaveRefused, match="a group cannot be superseded"):
        save_application(group, user=make_user("somebody"))


def test_r15_what_has_no_deployment_type_supersedes_nothing():
    older, newer = make_application("A"), make_application("B", types=0)
    sent = form(name="A", version="1.0", superseded_by=newer.pk)
    answer = author().post(reverse("applications:edit", args=[older.pk]), sent)
    assert "nothing to install instead" in errors_of(answer)


def test_an_application_that_nobody_used_is_deleted_after_a_question():
    made = make_application("GIMP", version="3.0.6")
    make_application("GIMP", version="2.10", superseded_by=made)
    make_report(make_device(), made)
    client = root()
    page = client.get(reverse("applications:delete", args=[made.pk])).content.decode()
    assert "Delete GIMP 3.0.6?" in page
    assert "the client of 1 device reported" in page
    assert "Nothing supersedes GIMP 2.10 any more." in page
    assert Application.objects.count() == 2
    client.post(reverse("applications:delete", args=[made.pk]))
    assert [str(left) for left in Application.objects.all()] == ["GIMP 2.10"]
    assert written("deleted").name == "GIMP 3.0.6"
    assert written("deleted").facts["changes"]["name"] == {"old": "GIMP", "new": None}


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda made: deploy(made, make_collection("Workstations", make_device())), "Delete its deployments first."),
        (lambda made: make_group("Office", made), "It is a member of a group: Office 1.0."),
        (lambda made: make_request(make_device(), made, "succeeded"), "To retire it, delete its deployments"),
    ],
)
def test_an_application_that_is_in_use_or_has_a_history_is_not_deleted_and_says_why(use, said):
    made = make_application("GIMP", version="3.0.6")
    use(made)
    client = root()
    answer = client.post(reverse("applications:delete", args=[made.pk]), follow=True)
    assert said in answer.content.decode()
    assert "<dialog" not in answer.content.decode()
    assert Application.objects.filter(pk=made.pk).exists()


def test_r18_an_application_that_is_also_deployed_elsewhere_is_not_changed_from_here():
    """Who may write in one collection must not be able to change what runs in another."""
    mine, elsewhere = make_collection("Mine", make_device()), make_collection("Elsewhere", make_device())
    alone, member, older = make_application("Alone"), make_application("Member"), make_application("Older")
    newer = make_application("Newer")
    Application.objects.filter(pk=older.pk).update(superseded_by=newer)
    deploy(alone, mine)
    client = author(mine)
    for application in (alone, member, newer):
        assert client.get(reverse("applications:edit", args=[application.pk])).status_code == 200
    deploy(alone, elsewhere)
    deploy(make_group("Office", member), elsewhere)
    deploy(older, elsewhere)
    for application in (alone, member, newer):
        for page in ("edit", "delete", "type_create"):
            answer = client.get(reverse(f"applications:{page}", args=[application.pk]))
            assert answer.status_code == 403
            assert "also deployed to collections" in answer.content.decode()
            assert "Elsewhere" not in answer.content.decode()
        html = client.get(application.get_absolute_url()).content.decode()
        assert "You may read it here, not change it" in html
        assert "also deployed to collections" in html
        assert reverse("applications:edit", args=[application.pk]) not in html


def test_the_page_of_an_application_shows_how_it_installs_and_where_it_is_deployed():
    made = make_application("GIMP", types=0)
    made.deployment_types.create(
        name="Debian package",
        platform="linux",
        install_command="apt-get install <gimp>",
        detection={"kind": "package", "name": "gimp", "version": "3.0"},
        requirements=[
            {"kind": "memory_mb", "at_least": 4096},
            {"kind": "platform", "in": ["linux", "macos"]},
            {"kind": "os", "matches": "Debian*"},
            {"kind": "architecture", "in": ["x86_64"]},
            {"kind": "script", "script": "true"},
        ],
        return_codes={"0": "success", "5": "retry"},
    )
    deploy(made, make_collection("Workstations", make_device()), "required")
    page = root().get(made.get_absolute_url()).content.decode()
    for said in (
        "apt-get install &lt;gimp&gt;",
        "At least 4,096 MB of memory",
        "Linux or macOS",
        "Debian*",
        "5 = retry",
    ):
        assert said in page
    assert "Workstations" in page
    assert Device.objects.count() == 1
