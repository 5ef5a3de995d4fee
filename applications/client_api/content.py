"""The door through which devices fetch files: by ranges, within limits, from here or by the proxy (R28)."""

from __future__ import annotations

import re
from functools import cache
from math import ceil
from urllib.parse import quote

from django.conf import settings
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from applications.content import store
from applications.content.downloads import Places, paced
from applications.content.holding import content_for
from devices.client_api.api import ApiError

router = Router(tags=["content"])
RANGE = re.compile(r"bytes=(\d+)-(\d*)")
BY_PROXY = "/koppel-content/"  # the internal location in deploy/nginx/locations.conf


@cache
def places() -> Places:
    """Those of this process."""
    return Places(settings.KOPPEL_DOWNLOADS_AT_ONCE)


@router.get("/content/{sha256}", summary="A file that a request or the policy names")
def content(request: HttpRequest, sha256: str) -> HttpResponseBase:
    device = request.auth  # type: ignore[attr-defined]
    found = content_for(device, sha256)
    if found is None:
        raise ApiError(404, "content_unknown", _("Nothing that this device is to do needs this file."))
    about = {"ETag": f'"{found.sha256}"', "Accept-Ranges": "bytes", "Cache-Control": "private, no-transform"}
    per_second = settings.KOPPEL_DOWNLOAD_MB_PER_SECOND * 1024**2
    if settings.KOPPEL_CONTENT_BY_PROXY:
        where = {"X-Accel-Redirect": BY_PROXY + quote(found.stored_as), "X-Accel-Limit-Rate": str(per_second)}
        return HttpResponse(headers=about | where, content_type="application/octet-stream")
    part = _part(request, found.sha256, found.size)
    if part is None:
        raise ApiError(416, "range", _("The file has no such bytes."))
    first, length = part
    if length < found.size:
        about["Content-Range"] = f"bytes {first}-{first + length - 1}/{found.size}"
    place = places().enter(device.pk)
    if isinstance(place, float):
        sentence = _("Many devices fetch files at this moment; come back later.")
        again = {"Retry-After": str(ceil(place))}
        return JsonResponse({"detail": sentence, "code": "busy"}, status=429, headers=again)
    close_old_connections()  # the database is not needed while the file is on its way
    return StreamingHttpResponse(
        paced(store.read(found, first, length), places(), place, per_second),
        status=206 if length < found.size else 200,
        content_type="application/octet-stream",
        headers={**about, "Content-Length": str(length)},
    )


def _part(request: HttpRequest, sha256: str, size: int) -> tuple[int, int] | None:
    """The first byte that is wanted, and how many; None when there are no such."""
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None or request.headers.get("If-Range", f'"{sha256}"') != f'"{sha256}"':
        return 0, size
    first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
    return (first, last - first + 1) if first <= last else None
