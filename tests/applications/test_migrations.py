"""A filled database of before keeps what it holds: prose that clients told stays readable, as the text it was."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from applications.models import Report, Request, RequestEvent, RequestStep
from applications.wording.client_details import sentence
from applications.wording.sentences import outcome
from tests.make import NOW, make_application, make_device, make_report, make_request

BEFORE = [("applications", "0003_request_finished")]
PROSE = "The package gimp is not installed."


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def back():
    """Whatever happens, the next test finds the tables as they are now."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    yield
    migrate(latest)


@pytest.mark.django_db(transaction=True)
def test_r6_what_clients_told_as_prose_stays_readable(back):
    device, application = make_device(), make_application()
    facts = {"detail": PROSE, "exit_code": 5}
    report = make_report(device, application, "failed", reason="not_detected", facts=facts)
    none = make_report(device, make_application(), "failed", reason="exit_code", facts={"exit_code": 5})
    asked = make_request(device, application, "failed", reason="detection_unknown", facts=facts, finished_at=NOW)
    event = asked.events.create(at=NOW, state="failed", code="detection_unknown", facts=facts)
    old = migrate(BEFORE).get_model("applications", "RequestStep")
    steps = [
        old.objects.create(request_id=asked.pk, application_id=application.pk, position=position, detail=prose)
        for position, prose in enumerate((PROSE, "", *[f"It is not there: {number}" for number in range(2100)]))
    ]
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
    kept = {"code": "text", "facts": {"text": PROSE}}
    assert Report.objects.get(pk=report.pk).facts == {"detail": kept, "exit_code": 5}
    assert Report.objects.get(pk=none.pk).facts == {"exit_code": 5}
    assert Request.objects.get(pk=asked.pk).facts["detail"] == kept
    assert RequestEvent.objects.get(pk=event.pk).facts["detail"] == kept
    assert RequestStep.objects.get(pk=steps[0].pk).detail == kept
    assert RequestStep.objects.get(pk=steps[1].pk).detail is None
    assert RequestStep.objects.filter(detail__code="text").count() == 2101
    assert sentence(kept) == PROSE
    assert outcome("detection_unknown", {"detail": kept}) == f"Detection gave no answer: {PROSE}"
