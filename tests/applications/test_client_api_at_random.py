"""Whatever a client sends (R22): an answer that the protocol knows, nobody else's things in it, and never a fault.

The messages are made by schemathesis from the API's own schema: those that fit it, and those that do not.
"""

from __future__ import annotations

import json
import operator
import re
from pathlib import Path

import pytest
import schemathesis
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from applications.client_api.api import api
from applications.models import Request
from applications.requests.asking import ask
from applications.rules.words import Action
from tests.make import deploy, make_application, make_collection, make_device, make_user

pytestmark = pytest.mark.django_db
PROTOCOL = (Path(__file__).parent.parent.parent / "docs" / "protocol.md").read_text()
CODES = set(re.findall(r"^\| `([a-z_]+)` \| [1-9]", PROTOCOL, re.MULTILINE))
CODES |= set(re.findall(r"4\d\d `([a-z_]+)`", PROTOCOL))
SCHEMA = api.get_openapi_schema()
OPERATIONS = {
    f"{each.method} {each.path}": each
    for each in map(operator.methodcaller("ok"), schemathesis.openapi.from_dict(SCHEMA).get_all_operations())
}
SETTINGS = settings(
    max_examples=8,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a message that is refused wrongly is said as it was found
    suppress_health_check=list(HealthCheck),
)
FORBIDDEN_HEADERS = {"content-length", "host", "transfer-encoding", "authorization", "content-type"}


@pytest.fixture
def requests():
    """One request of this device, and one of another."""
    admin, application = make_user(superuser=True), make_application("GIMP")
    mine, other = make_device("LT-1", secret="secret"), make_device("LT-HIDDEN-77", secret="other")
    deploy(application, make_collection("Office", mine, other), approval=True)
    return [ask(admin, device, application, Action.INSTALL, now=timezone.now())[0] for device in (mine, other)]


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", OPERATIONS)
def test_it_gets_an_answer_that_the_protocol_knows(client, requests, name, mode):
    operation, (mine, other) = OPERATIONS[name], requests

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(SETTINGS)
    def send(case):
        for request in (mine, other):
            path = operation.path.replace("{request_id}", str(request.pk))
            body = case.body if isinstance(case.body, bytes) else json.dumps(case.body) if case.media_type else b""
            headers = {n: v for n, v in (case.headers or {}).items() if n.lower() not in FORBIDDEN_HEADERS}
            answer = client.generic(
                operation.method,
                path,
                body,
                content_type="application/json",
                query_params=case.query or {},
                headers={**headers, "Authorization": "Bearer secret"},
            )
            assert answer.status_code < 500, answer.content
            if answer.status_code >= 400:
                assert answer.json()["code"] in CODES
                assert answer.json()["detail"].endswith(".")
            assert b"LT-HIDDEN-77" not in answer.content
            assert str(other.pk).encode() not in answer.content

    send()
    state = Request.objects.values_list("state", flat=True).get(pk=other.pk)
    assert state == "queued", "a device changes nothing of another"
