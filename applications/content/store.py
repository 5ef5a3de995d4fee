"""Where files are kept, by their bytes: Django's storage `content`, a folder or a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import IntegrityError, transaction

from applications.content import bucket
from applications.models import Content

CHUNK = 64 * 1024  # bytes that are read at once, for each of many who fetch


class Arrived(File):
    """A file that may be moved into a folder instead of being copied."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def storage() -> Storage:
    return storages["content"]


def keep(path: Path, sha256: str, size: int, *, name: str, user: Any, now: datetime) -> Content:
    """Put a whole file into the storage; what is there already stays one. The row comes first and says that it is used,
    so nobody removes the bytes that come next."""
    content = _row(sha256, size, name, user, now)
    if not _is_there(content):
        with path.open("rb") as file:
            storage().save(content.stored_as, Arrived(file))
    path.unlink(missing_ok=True)
    return content


def read(content: Content, first: int, length: int) -> Iterator[bytes]:
    """Bytes of it, from `first` on, a little at a time."""
    if thing := _in_bucket(content):
        yield from bucket.chunks(thing, first, length, CHUNK)
        return
    with storage().open(content.stored_as) as file:
        file.seek(first)
        while length > 0 and (chunk := file.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk


def opened(content: Content) -> IO[bytes]:
    """The whole of it, for whoever looks into it."""
    thing = _in_bucket(content)
    return bucket.opened(thing, content.size) if thing else storage().open(content.stored_as)


def remove(content: Content) -> None:
    storage().delete(content.stored_as)


def _in_bucket(content: Content) -> Any:
    """The object of a bucket; None where files are kept in a folder."""
    kept = getattr(storage(), "bucket", None)
    return kept and kept.Object(content.stored_as)


def _row(sha256: str, size: int, name: str, user: Any, now: datetime) -> Content:
    while True:
        try:
            with transaction.atomic():
                found = Content.objects.select_for_update().filter(sha256=sha256).first()
                if found is None:
                    return Content.objects.create(sha256=sha256, size=size, name=name, created_at=now, created_by=user)
                found.unused_since = None
                found.save(update_fields=["unused_since"])
                return found
        except IntegrityError:  # somebody uploaded the same at the same moment
            continue


def _is_there(content: Content) -> bool:
    place = storage()
    return place.exists(content.stored_as) and place.size(content.stored_as) == content.size
