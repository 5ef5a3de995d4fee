"""R28: files in a bucket of a server that speaks S3."""

from __future__ import annotations

import hashlib
import os

import boto3
import pytest
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer

from applications.content import store, uploads
from applications.models import Content
from console.configuration.environment import Environment
from console.configuration.storage import in_bucket
from console.launcher.locks import free_port
from tests.make import NOW, make_user

pytestmark = pytest.mark.django_db
BYTES = os.urandom(9 * 1024**2)  # more than one part of an upload to S3
DIGEST = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def bucket(tmp_path, settings, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    port = free_port("127.0.0.1")
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    env = {"KOPPEL_S3_BUCKET": "koppel", "KOPPEL_S3_ENDPOINT": f"http://127.0.0.1:{port}", "KOPPEL_S3_REGION": "eu-1"}
    boto3.client("s3", endpoint_url=env["KOPPEL_S3_ENDPOINT"], region_name="us-east-1").create_bucket(Bucket="koppel")
    settings.MEDIA_ROOT = str(tmp_path)
    settings.STORAGES = settings.STORAGES | {"content": in_bucket(Environment(env))}
    yield storages["content"].bucket
    server.stop()


def test_a_file_is_kept_read_by_parts_and_removed(bucket, tmp_path):
    user = make_user("author")
    for _ in range(2):
        upload = uploads.begin(user, "large.bin", len(BYTES), NOW)
        uploads.append(upload, 0, [BYTES], NOW)
    assert [each.key for each in bucket.objects.all()] == [f"{DIGEST[:2]}/{DIGEST}"]
    assert list((tmp_path / "uploading").iterdir()) == []
    content = Content.objects.get()
    assert b"".join(store.read(content, 5, 7_000_000)) == BYTES[5:7_000_005]
    with store.opened(content) as file:
        file.seek(-10, 2)
        assert file.read() == BYTES[-10:]
        file.seek(3)
        assert file.read(5) == BYTES[3:8]
    store.remove(content)
    assert list(bucket.objects.all()) == []
