"""The addresses to which a browser sends a file in pieces, for the form of a deployment type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from applications.content import uploads
from applications.content.uploads import UploadRefused, WrongPlace
from applications.models import Upload
from devices.access.permissions import ADD_TYPE, CHANGE_TYPE, READ_APPLICATION
from devices.access.rights import require

AT_ONCE = 256 * 1024  # bytes
LARGEST = 2**62  # what the database keeps as a number


def may_upload(user: Any) -> None:
    """Who may make or change a deployment type; what a file becomes part of is asked when that is saved."""
    require(user, READ_APPLICATION)
    if not user.has_perm(ADD_TYPE):
        require(user, CHANGE_TYPE)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    may_upload(request.user)
    sent = request.POST
    try:
        size, modified = (int(sent.get(name, "")) for name in ("size", "modified"))
        if max(size, abs(modified)) > LARGEST:
            raise ValueError
    except ValueError:
        return JsonResponse({"detail": "size, modified"}, status=400)
    name, expected = sent.get("name", ""), sent.get("sha256", "")
    try:
        upload = uploads.begin(request.user, name, size, timezone.now(), modified=modified, expected=expected)
    except UploadRefused as refused:
        return _refused(refused)
    return JsonResponse({"id": str(upload.pk), "offset": uploads.offset_of(upload), "piece": uploads.PIECE})


def piece(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How much has come; or a piece more, which begins at `offset`."""
    may_upload(request.user)
    upload = get_object_or_404(Upload, pk=pk, user=request.user)
    if request.method == "GET":
        return JsonResponse({"offset": uploads.offset_of(upload)})
    if request.method != "PUT":
        return HttpResponseNotAllowed(["GET", "PUT"])
    offset = request.GET.get("offset", "")
    if not offset.isdecimal():
        return JsonResponse({"detail": "offset"}, status=400)
    try:
        there = uploads.append(upload, int(offset), body(request), timezone.now())
    except WrongPlace as wrong:
        return JsonResponse({"offset": wrong.offset}, status=409)
    except UploadRefused as refused:
        return _refused(refused)
    return JsonResponse({"offset": there})


def with_file(request: HttpRequest, data: QueryDict) -> tuple[QueryDict, str]:
    """What was sent with a file that came with the form, as if it had been uploaded before; or why it was not."""
    file, now = request.FILES["file"], timezone.now()
    assert isinstance(file, UploadedFile)  # noqa: S101
    try:
        upload = uploads.begin(request.user, file.name or "", file.size or 0, now)
        if not upload.content_id:
            uploads.append(upload, uploads.offset_of(upload), file.chunks(), now)
    except UploadRefused as refused:
        return data, str(refused)
    data = data.copy()
    data["upload"] = str(upload.pk)
    return data, ""


def body(request: HttpRequest) -> Iterable[bytes]:
    return iter(lambda: request.read(AT_ONCE), b"")


def _refused(refused: UploadRefused) -> HttpResponse:
    return JsonResponse({"detail": str(refused)}, status=refused.status)
