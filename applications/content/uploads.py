"""Files on their way into the console: sent in pieces, gone on with after a break, their SHA-256 taken on the way."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files import locks
from django.core.signing import Signer
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from applications.content import store
from applications.models import Upload

PIECE = 2 * 1024**2  # bytes that are sent at once: a body that the console takes and keeps in memory
MAX_NAME = 200
MAX_REMEMBERED = 64  # digests under way; one that was forgotten is made again from the file
NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
SHA256 = re.compile(r"[0-9a-f]{64}")


class UploadRefused(Exception):
    """Its text is a sentence in the reader's language."""

    def __init__(self, sentence: str, status: int = 422) -> None:
        super().__init__(sentence)
        self.status = status


class WrongPlace(Exception):
    """A piece does not go on where the last one ended; `offset` is where that is."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


def begin(user: Any, name: str, size: int, now: datetime, *, modified: int = 0, expected: str = "") -> Upload:
    """A new upload, or the one of the same file that broke off. `modified`: when the file was changed."""
    expected = expected.strip().lower()
    if size <= 0:
        raise UploadRefused(_("The file is empty."))
    if expected and not SHA256.fullmatch(expected):
        raise UploadRefused(_("A SHA-256 has 64 digits, of 0 to 9 and a to f."))
    about = {"user": user, "name": named(name), "size": size, "modified": modified, "expected": expected}
    upload = Upload.objects.filter(**about, content=None).order_by("-changed_at").first()
    if upload is None:
        upload = Upload.objects.create(**about, changed_at=now)
    folder().mkdir(parents=True, exist_ok=True)
    missing = size - offset_of(upload)
    free = shutil.disk_usage(folder()).free
    if free < missing:
        sizes = {"needed": _megabytes(missing), "free": _megabytes(free)}
        raise UploadRefused(_("The console's disk has %(free)s MB left, and %(needed)s MB are to come.") % sizes, 507)
    _path(upload).touch(mode=0o600)
    return upload


def offset_of(upload: Upload) -> int:
    """How many bytes have come."""
    if upload.content_id:
        return upload.size
    try:
        return _path(upload).stat().st_size
    except FileNotFoundError:
        return 0


def append(upload: Upload, offset: int, pieces: Iterable[bytes], now: datetime) -> int:
    """Add what came, which begins at `offset`; how many bytes there are now. With the last one the file is kept."""
    try:
        with _path(upload).open("r+b") as file:
            locks.lock(file, locks.LOCK_EX)
            there = file.seek(0, os.SEEK_END)
            if there != offset:
                raise WrongPlace(there)
            there = _write(file, pieces, upload.size)
            digest = _follow(upload.pk, file, there)
            Upload.objects.filter(pk=upload.pk).update(changed_at=now)
            if there == upload.size:
                _finish(upload, digest, now)
            return there
    except FileNotFoundError:
        upload.refresh_from_db()
        raise WrongPlace(offset_of(upload)) from None


def folder() -> Path:
    """On this machine, also when files are kept in a bucket."""
    return Path(settings.MEDIA_ROOT) / "uploading"


def discard(upload: Upload) -> None:
    _path(upload).unlink(missing_ok=True)
    upload.delete()


def named(name: str) -> str:
    """A name that every system takes: the last part of a path, without what stands for something else."""
    last = re.split(r"[/\\]", name)[-1]
    clean = NOT_IN_NAMES.sub("_", last).strip().strip(".").lstrip("-")
    stem, dot, end = clean.rpartition(".")
    return f"{stem[: MAX_NAME - len(end) - 1]}{dot}{end}"[-MAX_NAME:] or "file"


def _write(file: IO[bytes], pieces: Iterable[bytes], size: int) -> int:
    try:
        for piece in pieces:
            if file.tell() + len(piece) > size:
                raise UploadRefused(_("More came than the file has; was it changed meanwhile? Choose it again."))
            file.write(piece)
        file.flush()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UploadRefused(_("The console's disk is full. Make room, then go on."), 507) from None
    return file.tell()


def _finish(upload: Upload, digest: str, now: datetime) -> None:
    if upload.expected and upload.expected != digest:
        discard(upload)
        raise UploadRefused(
            _("The file that came has the SHA-256 %(found)s, not the one that was named. It is not kept.")
            % {"found": digest}
        )
    upload.content = store.keep(_path(upload), digest, upload.size, name=upload.name, user=upload.user, now=now)
    upload.seal = _seal(upload)
    upload.save(update_fields=["content", "seal"])


def is_genuine(upload: Upload) -> bool:
    """Whether its file is the one that came."""
    return bool(upload.content) and constant_time_compare(upload.seal, _seal(upload))


def _seal(upload: Upload) -> str:
    assert upload.content  # noqa: S101  (it is whole)
    return Signer(salt="koppel.upload").signature(f"{upload.pk} {upload.content.sha256} {upload.name}")


def _path(upload: Upload) -> Path:
    return folder() / str(upload.pk)


def _megabytes(size: int) -> int:
    return size // 1024**2


# The digests of what is under way in this process. Pieces of one file may come to several processes: each reads what
# it has not seen, so that none needs the whole file at the end.
_lock = threading.Lock()
_digests: OrderedDict[UUID, tuple[Any, int]] = OrderedDict()


def _follow(pk: UUID, file: IO[bytes], end: int) -> str:
    """The SHA-256 of the file up to its end; the caller has locked the file."""
    with _lock:
        digest, seen = _digests.pop(pk, (None, 0))
    if digest is None or seen > end:
        digest, seen = hashlib.sha256(), 0
    file.seek(seen)
    while chunk := file.read(1024**2):
        digest.update(chunk)
    with _lock:
        _digests[pk] = digest, end
        while len(_digests) > MAX_REMEMBERED:
            _digests.popitem(last=False)
    return str(digest.hexdigest())
