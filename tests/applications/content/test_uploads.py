"""R28: files come in pieces and are kept by their bytes."""

from __future__ import annotations

import errno
import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest

from applications.content import store, upkeep, uploads
from applications.content.uploads import UploadRefused, WrongPlace
from applications.models import Content, Upload
from tests.at_once import at_once
from tests.make import NOW, make_application, make_user

pytestmark = pytest.mark.django_db
BYTES = os.urandom(3000)
DIGEST = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture(autouse=True)
def user(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    options = {**settings.STORAGES["content"]["OPTIONS"], "location": str(tmp_path)}
    settings.STORAGES = settings.STORAGES | {"content": settings.STORAGES["content"] | {"OPTIONS": options}}
    return make_user("author")


def upload(user, data=BYTES, name="setup.run", **more):
    """A file, sent wholly."""
    begun = uploads.begin(user, name, len(data), NOW, **more)
    uploads.append(begun, uploads.offset_of(begun), [data[uploads.offset_of(begun) :]], NOW)
    begun.refresh_from_db()
    return begun


def files(folder):
    return sorted(path.name for path in Path(folder).rglob("*") if path.is_file())


def test_a_file_that_broke_off_goes_on_where_it_was_and_another_process_takes_over_the_digest(user, tmp_path):
    begun = uploads.begin(user, "C:\\Downloads\\my setup?.run", len(BYTES), NOW, modified=5)
    assert uploads.append(begun, 0, [BYTES[:1000]], NOW) == 1000
    with pytest.raises(WrongPlace) as wrong:
        uploads.append(begun, 500, [BYTES[500:]], NOW)
    assert wrong.value.offset == 1000
    uploads._digests.clear()  # as in another process
    again = uploads.begin(user, "my setup?.run", len(BYTES), NOW, modified=5)
    assert (again.pk, uploads.offset_of(again)) == (begun.pk, 1000)
    assert uploads.append(again, 1000, [BYTES[1000:2000], BYTES[2000:]], NOW) == 3000
    again.refresh_from_db()
    content = again.content
    assert (content.sha256, content.size, content.name, content.created_by) == (DIGEST, 3000, "my setup_.run", user)
    assert files(tmp_path) == [DIGEST]
    assert b"".join(store.read(content, 0, 3000)) == BYTES
    assert b"".join(store.read(content, 2990, 5)) == BYTES[2990:2995]


def test_two_who_upload_the_same_file_get_one(user, tmp_path):
    other = make_user("other")
    first, second = upload(user), upload(other, name="same.run")
    assert first.content == second.content
    assert (Content.objects.count(), files(tmp_path)) == (1, [DIGEST])
    store.remove(first.content)  # a copy of the database without its files
    assert upload(user).content == first.content
    assert files(tmp_path) == [DIGEST]


@pytest.mark.django_db(transaction=True)
def test_who_uploads_the_same_at_the_same_moment_shares_it_and_nobody_removes_it_meanwhile(user, tmp_path):
    unused = upload(user).content
    Upload.objects.all().delete()
    Content.objects.update(unused_since=NOW - 2 * upkeep.GRACE)
    begun = [uploads.begin(user, f"{number}.run", len(BYTES), NOW) for number in range(4)]
    steps = [lambda each=each: uploads.append(each, 0, [BYTES], NOW) for each in begun]
    told = at_once(*steps, lambda: upkeep.tidy(NOW), lambda: upkeep._remove(unused.pk, NOW))
    assert told == [len(BYTES)] * 4 + [None] * 2
    assert (Content.objects.count(), files(tmp_path)) == (1, [DIGEST])
    assert Upload.objects.filter(content=Content.objects.get()).count() == 4


def test_what_cannot_be_kept_is_said_in_a_sentence(user, tmp_path, monkeypatch):
    for expected, sentence in ((("0" * 64), "not the one that was named"), ("12", "has 64 digits")):
        with pytest.raises(UploadRefused, match=sentence):
            upload(user, expected=expected)
    assert files(tmp_path) == []
    begun = uploads.begin(user, "short", 10, NOW)
    with pytest.raises(UploadRefused, match="More came"):
        uploads.append(begun, 0, [b"x" * 11], NOW)
    with pytest.raises(UploadRefused, match="empty"):
        uploads.begin(user, "none", 0, NOW)
    with pytest.raises(UploadRefused, match=r"disk has .* MB left"):
        uploads.begin(user, "huge", 10**18, NOW)

    def full():
        raise OSError(errno.ENOSPC, "No space left on device")
        yield b""

    with pytest.raises(UploadRefused, match="disk is full") as refused:
        uploads.append(begun, 0, full(), NOW)
    assert refused.value.status == 507


def test_what_nothing_names_goes_a_day_later_and_what_is_named_stays(user, tmp_path):
    kept, left = upload(user, b"kept").content, upload(user, b"left").content
    application = make_application("Kept")
    application.deployment_types.update(content=kept, file_name="kept")
    Upload.objects.all().delete()
    half = uploads.begin(user, "half", 10, NOW)
    uploads.append(half, 0, [b"1"], NOW)
    upkeep.tidy(NOW)
    assert set(Content.objects.filter(unused_since=NOW)) == {left}
    upkeep.tidy(NOW + timedelta(hours=23))
    assert Content.objects.count() == 2
    upload(user, b"left")  # somebody brings it anew: it has its time again
    Upload.objects.exclude(content=None).delete()
    upkeep.tidy(NOW + timedelta(hours=25))
    assert (Content.objects.count(), Upload.objects.count()) == (2, 0)
    upkeep.tidy(NOW + timedelta(hours=50))
    assert list(Content.objects.all()) == [kept]
    assert files(tmp_path) == [kept.sha256]
