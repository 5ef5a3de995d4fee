"""R28: a device gets a file only while a request or its policy names it; by ranges, within limits."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from applications.client_api import content as door
from applications.content import store
from applications.content.downloads import STALLED, Place, Places
from applications.content.holding import content_for
from applications.models import Application, Content
from applications.revisions import orders
from applications.rules.lifecycle import State
from tests.make import NOW, deploy, make_application, make_device, make_request, signed

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynch")]
BYTES = bytes(range(256)) * 300
DIGEST = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def content(tmp_path, settings, monkeypatch):
    monkeypatch.setattr(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", lambda _: None)  # it has the test's rows
    settings.MEDIA_ROOT = str(tmp_path)
    options = {**settings.STORAGES["content"]["OPTIONS"], "location": str(tmp_path)}
    settings.STORAGES = settings.STORAGES | {"content": settings.STORAGES["content"] | {"OPTIONS": options}}
    door.places.cache_clear()
    path = tmp_path / "arrived"
    path.write_bytes(BYTES)
    return store.keep(path, DIGEST, len(BYTES), name="gimp.run", user=None, now=NOW)


def application_with(content: Content, name: str = "GIMP") -> Application:
    application = make_application(name)
    application.deployment_types.update(content=content, file_name="gimp.run")
    return signed(application)


def fetch(client, secret="secret", sha256=DIGEST, **headers):
    headers = {"Authorization": f"Bearer {secret}", **headers}
    answer = client.get(f"/client/v1/content/{sha256}", headers=headers)
    return answer, b"".join(answer) if answer.streaming else answer.content


def test_only_who_is_to_have_it_gets_it(content, client):
    application = application_with(content)
    reached, stranger = make_device(secret="secret"), make_device(secret="other")
    assert fetch(client)[0].status_code == 404
    deploy(application, reached, approval=True)  # not in the policy until somebody asks (R16)
    assert content_for(reached, DIGEST) is None
    request = make_request(reached, application)
    orders.sign([request], NOW)
    assert fetch(client)[1] == BYTES
    # what is to be done is the revision that was signed for it, also when there is a newer one without the file
    application.deployment_types.update(content=None, file_name="")
    signed(application)
    assert content_for(reached, DIGEST) == content
    type(request).objects.filter(pk=request.pk).update(state=State.FAILED, finished_at=NOW + timedelta(seconds=1))
    assert content_for(reached, DIGEST) is None
    assert fetch(client, "other")[0].json()["code"] == "content_unknown"
    deploy(application_with(content, "Other"), stranger)
    assert fetch(client, "other")[1] == BYTES
    assert fetch(client, "other", "0" * 64)[0].status_code == 404
    assert fetch(client, "nobody")[0].status_code == 401


def test_ranges_are_given_of_the_same_file_only(content, client):
    deploy(application_with(content), make_device(secret="secret"))
    etag, size = f'"{DIGEST}"', len(BYTES)
    for asked, status, body, range_ in (
        ({"Range": "bytes=76000-"}, 206, BYTES[76000:], f"bytes 76000-{size - 1}/{size}"),
        ({"Range": "bytes=5-9", "If-Range": etag}, 206, BYTES[5:10], f"bytes 5-9/{size}"),
        ({"Range": "bytes=5-9", "If-Range": '"another"'}, 200, BYTES, None),
        ({"Range": "bytes=1-2,5-6"}, 200, BYTES, None),
        ({}, 200, BYTES, None),
    ):
        answer, got = fetch(client, **asked)
        assert (answer.status_code, got, answer.get("Content-Range")) == (status, body, range_), asked
        assert (answer["ETag"], answer["Content-Length"]) == (etag, str(len(body)))
    assert fetch(client, Range=f"bytes={size}-")[0].json()["code"] == "range"


def test_behind_nginx_nginx_sends_it(content, client, settings):
    settings.KOPPEL_CONTENT_BY_PROXY = True
    deploy(application_with(content), make_device(secret="secret"))
    answer, got = fetch(client)
    assert (got, answer["X-Accel-Redirect"]) == (b"", f"/koppel-content/{DIGEST[:2]}/{DIGEST}")
    assert answer["X-Accel-Limit-Rate"] == str(25 * 1024**2)


def test_who_comes_when_all_places_are_taken_is_told_when_to_come_back(content, client):
    deploy(application_with(content), make_device(secret="secret"))
    places = door.places()
    places.most = 1
    taken = places.enter(10**6)
    answer, _ = fetch(client)
    assert (answer.status_code, answer.json()["code"]) == (429, "busy")
    assert int(answer["Retry-After"]) >= 1
    places.leave(taken)
    assert fetch(client)[1] == BYTES
    assert places.taken == {}


def test_a_herd_is_spread_over_the_time_that_it_needs():
    places = Places(10)
    told = [places.enter(device, now=1000.0) for device in range(1000)]
    assert sum(isinstance(each, Place) for each in told) == 10
    pauses = [each for each in told if isinstance(each, float)]
    assert min(pauses) >= 1
    assert 500 < max(pauses) <= 1000  # 990 who take ten seconds each, ten at a time
    newer = places.enter(3, now=1001.0)
    assert isinstance(newer, Place)  # a connection that broke off and its successor are one
    assert not places.has(told[3])
    assert isinstance(places.enter(5000, now=1000.0 + STALLED), Place)  # nobody has taken a byte since
